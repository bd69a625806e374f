"""Read a subject or actor token, and decide whether this client may use it (RFC 8693 §2.1, §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from limen.credentials.trusted_issuer import TrustedIssuers
from limen.errors import InvalidGrant, InvalidRequest
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.scope import Scope
from limen.ports.keys import Jose, Keys
from limen.ports.storage import Standing, Storage
from limen.protocol.assertion import is_date
from limen.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from limen.tokens.authorization import Call
from limen.tokens.gate import standing_refuses, tenant_or_client_refuses
from limen.tokens.jti import jti_parts
from limen.tokens.presented import AccessTokens

_REFUSED = "the token is not accepted"


class Party(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Whom a token speaks of, and the bounds for what is made of it."""

    sub: str  # as the token says it
    iss: str | None = None  # a foreign issuer
    own: bool = False  # issued to this very client
    person: Person | None = None
    grant: Grant | None = None
    scope: Scope | None = None  # None: the token says nothing of scope
    audience: tuple[str, ...] = ()  # what a token made of it keeps
    expires_at: int
    act: Mapping[str, Any] | None = None
    may_act: Mapping[str, Any] | None = None
    binding: Mapping[str, str] = msgspec.field(default_factory=dict)
    details: tuple[Mapping[str, Any], ...] = ()

    @property
    def as_actor(self) -> dict[str, Any]:
        """The members of an act claim."""
        return {"sub": self.sub, **({"iss": self.iss} if self.iss else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectTokens:
    """Every refusal is the same to the client; the operator's log has the reason."""

    storage: Storage
    keys: Keys
    jose: Jose
    access_tokens: AccessTokens
    trusted_issuers: TrustedIssuers

    async def read(self, token: str, token_type: str, call: Call) -> Party:
        """Return whom a live token of an accepted type speaks of; or InvalidRequest."""
        if token_type not in {ACCESS_TOKEN, ID_TOKEN, JWT}:
            raise InvalidRequest("the token type is not supported")
        if token_type != ACCESS_TOKEN:
            iss = (self.jose.peek(token) or {}).get("iss")
            if iss != call.tenant.issuer:
                return await self._foreign(token, call)
        return await (self._id_token if token_type == ID_TOKEN else self._access_token)(token, call)

    async def _access_token(self, token: str, call: Call) -> Party:
        presented = await self.access_tokens.find(call.tenant, token)
        if presented is None or presented.reason:
            _refuse(presented.reason if presented else "not an access token of this tenant")
        content, standing = presented.content, presented.standing
        _require_entitled(content.client_id, content.aud, call)
        return Party(
            sub=content.sub,
            own=content.client_id == call.client.client_id,
            person=standing.person if standing else None,
            grant=standing.grant if standing else None,
            scope=Scope.parse(content.scope),
            audience=content.aud,
            expires_at=_end(content.exp, standing, call),
            act=content.act,
            binding=content.binding,
            details=content.details,
        )

    async def _id_token(self, token: str, call: Call) -> Party:
        """Verify by the tenant's keys alone: whoever has a secret for HMAC could have made it itself."""
        claims = self.keys.verify(call.tenant.tenant_id, token, typ="JWT") or {}
        sub, aud, iat, exp = (claims.get(name) for name in ("sub", "aud", "iat", "exp"))
        if not (isinstance(sub, str) and is_date(iat) and is_date(exp)):
            _refuse("not an ID token of this tenant")
        named = tuple(aud) if isinstance(aud, list) else (str(aud),)
        if call.client.client_id not in named or claims["exp"] <= call.now:
            _refuse("the ID token has expired or is for another client")
        issued_to = str(claims.get("azp") or named[0])
        standing = await self._of_id_token(claims, issued_to, call)
        return Party(
            sub=sub,
            own=issued_to == call.client.client_id,
            person=standing.person,
            grant=standing.grant,
            scope=standing.grant.scope,
            audience=standing.grant.resource,
            expires_at=_end(int(claims["exp"]), standing, call),
            act=claims.get("act"),
            may_act=claims.get("may_act"),
            binding=standing.grant.binding,
        )

    async def _of_id_token(self, claims: Mapping[str, Any], issued_to: str, call: Call) -> Standing:
        """Find the grant an ID token hangs from; what others of the same person allow is not its."""
        tenant_id, issued_at = call.tenant.tenant_id, int(claims["iat"])
        client = await self.storage.client(tenant_id, issued_to)
        if client is None or (reason := tenant_or_client_refuses(call.tenant, client, issued_at)):
            _refuse("its client is gone" if client is None else reason)
        _, grant_id = jti_parts(str(claims.get("jti", "")))
        standing = await self.storage.standing(tenant_id, grant_id or "")
        if standing is None or standing.grant.client_id != issued_to:
            _refuse("no grant stands behind the ID token")
        if reason := standing_refuses(standing, issued_at, now=call.now):
            _refuse(reason)
        return standing

    async def _foreign(self, token: str, call: Call) -> Party:
        try:
            assertion, issuer = await self.trusted_issuers.read(
                call.tenant, token, skew=call.policy.clock_skew
            )
            person = None
            if issuer.subjects == "person":
                person = await self.trusted_issuers.person(call.tenant, assertion)
        except InvalidGrant as refused:
            raise InvalidRequest(_REFUSED, detail=refused.detail) from None
        return Party(
            sub=assertion.sub,
            iss=assertion.iss,
            person=person,
            expires_at=assertion.exp,
            act=assertion.act,
            may_act=assertion.may_act,
        )


def _require_entitled(issued_to: str, audience: tuple[str, ...], call: Call) -> None:
    """A client may use its own tokens, those meant for it, and those of clients the operator lists."""
    client_id = call.client.client_id
    if client_id not in {issued_to, *audience} and issued_to not in call.policy.exchange_clients:
        _refuse("the token is of a client whose tokens this client may not exchange")


def _end(expires_at: int, standing: Standing | None, call: Call) -> int:
    """Return when everything made of the token must have ended: with it, and with its session."""
    if standing is None or not standing.grant.session_id or "offline_access" in standing.grant.scope:
        return expires_at
    session = standing.session
    if session is None or session.expires_at <= call.now:
        _refuse("the session has ended")
    return min(expires_at, session.expires_at)


def _refuse(reason: str) -> NoReturn:
    raise InvalidRequest(_REFUSED, detail=reason)
