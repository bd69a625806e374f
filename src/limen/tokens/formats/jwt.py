"""jwt: a signed JSON Web Token that an API can check by itself (RFC 9068)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from limen.ports.keys import Keys
from limen.ports.storage import Change
from limen.tokens.authorization import Call
from limen.tokens.content import Content, cnf, confirmed, named
from limen.tokens.jti import jti_of, jti_parts

_DOTS = 2  # between the three parts of a compact JWS (RFC 7515 §7.1)
_MORE = "limen_bindings"  # what neither cnf nor the one binding_type can say


@dataclass(frozen=True, slots=True)
class JwtFormat:
    """Signs what an API can check without asking us."""

    keys: Keys
    name: ClassVar[str] = "jwt"

    def write(self, content: Content, call: Call) -> tuple[str, tuple[Change, ...]]:
        """Sign the content with the key for access_token_signing_alg."""
        claims: dict[str, Any] = {
            **content.claims,
            "iss": call.tenant.issuer,
            "sub": content.sub,
            "aud": content.aud[0] if len(content.aud) == 1 else list(content.aud),
            "client_id": content.client_id,
            "azp": content.client_id,
            "iat": content.iat,
            "nbf": content.iat,
            "exp": content.exp,
            "jti": jti_of(content.jti, content.grant_id),
            "scope": content.scope.split() if call.policy.access_token_scope_as_array else content.scope,
            "aut": "APPLICATION_USER" if content.grant_id else "APPLICATION",
        }
        if content.act:
            claims["act"] = content.act
        if content.details:
            claims["authorization_details"] = list(content.details)
        if content.binding:
            claims |= _binding_claims(content.binding)
        return self.keys.sign(
            call.tenant.tenant_id, call.policy.access_token_signing_alg, "at+jwt", claims
        ), ()

    def recognises(self, token: str) -> bool:
        """A compact JWS begins with a JSON object and has two dots."""
        return token.startswith("eyJ") and token.count(".") == _DOTS

    async def read(self, tenant_id: str, token: str) -> Content | None:
        """Verify with the tenant's own keys; only at+jwt is an access token (RFC 9068 §4)."""
        claims = self.keys.verify(tenant_id, token, typ="at+jwt")
        if claims is None:
            return None
        jti, grant_id = jti_parts(claims["jti"])
        scope = claims["scope"]
        binding = confirmed(claims.get("cnf", {}))
        if "binding_type" in claims:
            binding[claims["binding_type"]] = claims["binding_ref"]
        binding |= claims.get(_MORE, {})
        return Content(
            jti=jti,
            client_id=claims["client_id"],
            sub=claims["sub"],
            iat=claims["iat"],
            exp=claims["exp"],
            scope=" ".join(scope) if isinstance(scope, list) else scope,
            aud=(claims["aud"],) if isinstance(claims["aud"], str) else tuple(claims["aud"]),
            grant_id=grant_id,
            binding=binding,
            act=claims.get("act"),
            details=tuple(claims.get("authorization_details", ())),
        )


def _binding_claims(binding: Mapping[str, str]) -> dict[str, Any]:
    kind, reference = named(binding)
    claims: dict[str, Any] = {"binding_type": kind, "binding_ref": reference}
    if confirmation := cnf(binding):
        claims["cnf"] = confirmation
    said = confirmed(confirmation or {}).keys() | {kind}
    if more := {other: binding[other] for other in binding if other not in said}:
        claims[_MORE] = more
    return claims
