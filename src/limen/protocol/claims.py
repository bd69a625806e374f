"""The claims parameter and which claims go where (OIDC Core §5)."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any

import msgspec

from limen.errors import InvalidRequest
from limen.model.person import Person
from limen.model.scope import ClaimDefinition, Scope, ScopeDefinition
from limen.model.tenant import Tenant
from limen.protocol.same_records import once
from limen.protocol.strict_json import read_json

Wanted = Mapping[str, Mapping[str, Any] | None]
RESERVED = frozenset({
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp", "at_hash", "c_hash", "s_hash",
    "auth_time", "acr", "amr", "sid", "act", "may_act", "cnf", "client_id", "scope", "events", "typ", "aut",
    "authorization_details", "binding_type", "binding_ref", "limen_bindings",
})  # fmt: skip
_MAX_LENGTH = 16_384
_MAX_NAMES = 200
_RECURRING = 64  # sets of scopes a tenant's applications ask for again and again


class ClaimsParameter(msgspec.Struct, frozen=True, gc=False):
    """OIDC Core §5.5: what is asked for by name at each place."""

    userinfo: Wanted = msgspec.field(default_factory=dict)
    id_token: Wanted = msgspec.field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "ClaimsParameter":
        """Read the JSON text; refuse anything malformed with InvalidRequest."""
        if len(text) > _MAX_LENGTH:
            raise InvalidRequest("claims is too long")
        return cls.of(read_json(text.encode("utf-8", "surrogatepass")))

    @classmethod
    def of(cls, document: Any) -> "ClaimsParameter":
        """Read the parsed document; members we do not know are ignored."""
        if not isinstance(document, dict):
            raise InvalidRequest("claims must be a JSON object")
        return cls(_wanted(document.get("userinfo")), _wanted(document.get("id_token")))

    def __bool__(self) -> bool:
        """Anything is asked for by name at all; most requests name nothing."""
        return bool(self.userinfo or self.id_token)

    @property
    def names(self) -> frozenset[str]:
        """Every claim asked for, wherever it is to go."""
        return frozenset((*self.userinfo, *self.id_token))

    def without(self, names: AbstractSet[str]) -> "ClaimsParameter":
        """Return the parameter as if it had not asked for `names`."""
        places = (self.userinfo, self.id_token)
        return ClaimsParameter(*({n: w for n, w in wanted.items() if n not in names} for wanted in places))

    def as_document(self) -> dict[str, Any] | None:
        """Return what `of` reads back, None when nothing is asked for."""
        if not self:
            return None
        document = {"userinfo": dict(self.userinfo), "id_token": dict(self.id_token)}
        return {place: wanted for place, wanted in document.items() if wanted}


def _wanted(member: Any) -> Wanted:
    if member is None:
        return {}
    if not isinstance(member, dict) or len(member) > _MAX_NAMES:
        raise InvalidRequest("claims has a malformed member")
    for name, request in member.items():
        if request is not None and not isinstance(request, dict):
            raise InvalidRequest("claims has a malformed member", detail=name[:40])
    return member


@once
def barred(tenant: Tenant, permitted: Scope) -> frozenset[str]:
    """Return the claims of scopes only, none of which is permitted: naming one is no way around its scope."""
    everything = Scope(definition.scope for definition in tenant.scopes)
    return frozenset(of_scope(tenant, everything)) - frozenset(of_scope(tenant, permitted))


def beyond(wanted: ClaimsParameter, tenant: Tenant, scope: Scope) -> tuple[str, ...]:
    """Return the claims asked for by name that the scope does not release: each needs consent by itself."""
    if not wanted:
        return ()
    known = {claim for claim, attribute in _attributes(tenant.claims).items() if attribute}
    return tuple(sorted((wanted.names & known).difference(of_scope(tenant, scope))))


def of_scope(tenant: Tenant, scope: Scope) -> tuple[str, ...]:
    """Return the claims that the granted scopes release (OIDC Core §5.4)."""
    return _releases(tenant.scopes)(scope)


@once
def _releases(definitions: tuple[ScopeDefinition, ...]) -> Callable[[Scope], tuple[str, ...]]:
    """Return what finds the claims of a scope, and remembers those of the usual ones."""

    @lru_cache(maxsize=_RECURRING)
    def claims_of(scope: Scope) -> tuple[str, ...]:
        return tuple(name for each in definitions if each.scope in scope for name in each.claims)

    return claims_of


def released(tenant: Tenant, person: Person, names: Iterable[str]) -> dict[str, Any]:
    """Return the person's values for `names`; what is unknown, unmapped or empty is left out."""
    attributes, values = _attributes(tenant.claims), {}
    for name in names:
        attribute = attributes.get(name)
        value = person.claims.get(attribute) if attribute else None
        if name == "updated_at" and attribute and value is None:
            value = person.updated_at or None
        if value not in (None, "", {}, []):
            values[name] = value
    return values


@once
def _attributes(definitions: tuple[ClaimDefinition, ...]) -> Mapping[str, str | None]:
    """Return the attribute each claim is read from."""
    return {d.claim: d.attribute for d in definitions if d.claim not in RESERVED}


def asked(wanted: Wanted, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values asked for by name, but those that answer none of the required value(s)."""
    return {
        name: values[name]
        for name, request in wanted.items()
        if name in values and _fits(request, values[name])
    }


def _fits(request: Mapping[str, Any] | None, value: Any) -> bool:
    if not request:
        return True
    if "value" in request:
        return bool(request["value"] == value)
    if isinstance(request.get("values"), list):
        return value in request["values"]
    return True
