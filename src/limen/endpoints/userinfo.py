"""The userinfo endpoint (OIDC Core §5.3, RFC 6750 §2)."""

from dataclasses import dataclass
from typing import Any

import orjson
from msgspec.structs import replace

from limen.endpoints.bound import Bound
from limen.endpoints.committing import refusal_of
from limen.errors import InsufficientScope, InvalidRequest, InvalidToken
from limen.model.client import Client
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.ports.storage import Storage
from limen.protocol.answer import Body
from limen.protocol.claims import ClaimsParameter, asked, of_scope, released
from limen.protocol.interaction_id import HEADER, interaction_id
from limen.protocol.message import Message
from limen.protocol.profile import of_client
from limen.tokens.id_token import IdTokens
from limen.tokens.presented import AccessTokens, Presented

_SCHEMES = frozenset({"bearer", "dpop"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UserinfoEndpoint:
    """Tells the holder of a person's access token about the person."""

    storage: Storage
    access_tokens: AccessTokens
    bound: Bound
    id_tokens: IdTokens

    async def __call__(self, message: Message) -> dict[str, Any] | Body:
        """Return the claims the token's scopes and claims parameter release."""
        token, scheme = presented_token(message)
        presented = await self.access_tokens.find(message.tenant, token)
        if presented is None or presented.reason or presented.client is None:
            reason = presented.reason if presented else "not a token of this tenant"
            raise InvalidToken("the access token is invalid, expired or revoked", detail=reason)
        uses = await self.bound.at_resource(message, token, scheme, presented)
        if uses and (lost := await self.storage.commit(*uses)) is not None:
            raise refusal_of(lost)
        scope = Scope.parse(presented.content.scope)
        if presented.standing is None or "openid" not in scope:
            raise InsufficientScope("the access token lacks the scope openid")
        claims = self._claims(message.tenant, presented.client, presented, scope)
        answer = await self._protected(message.tenant, presented.client, claims)
        told = interaction_id(message, of_client(presented.client, message.tenant))
        if told is None:
            return answer
        body = answer if isinstance(answer, Body) else Body(content=orjson.dumps(answer))
        return replace(body, headers={HEADER: told})

    def _claims(self, tenant: Tenant, client: Client, presented: Presented, scope: Scope) -> dict[str, Any]:
        standing = presented.standing
        if standing is None or standing.person is None:
            raise InvalidToken("the access token is not of a person")
        grant, person = standing.grant, standing.person
        claims = released(tenant, person, of_scope(tenant, scope))
        if grant.claims and (wanted := ClaimsParameter.of(grant.claims).userinfo):
            claims |= asked(wanted, released(tenant, person, wanted))
        return {"sub": self.id_tokens.subject(tenant, client, person.sub), **claims}

    async def _protected(
        self, tenant: Tenant, client: Client, claims: dict[str, Any]
    ) -> dict[str, Any] | Body:
        """OIDC Core §5.3.2: signed, encrypted or both, as the client registered."""
        alg, enc_alg = client.userinfo_signed_response_alg, client.userinfo_encrypted_response_alg
        if alg is None and enc_alg is None:
            return claims
        claims = {"iss": tenant.issuer, "aud": client.client_id, **claims}
        if alg is not None:
            text, cty = self.id_tokens.sign(tenant, client, alg, "JWT", claims), "JWT"
        else:
            text, cty = orjson.dumps(claims).decode(), None
        if enc_alg is not None:
            enc = client.userinfo_encrypted_response_enc
            text = await self.id_tokens.encrypt(client, text, alg=enc_alg, enc=enc, cty=cty)
        return Body(content=text.encode(), media_type="application/jwt")


def presented_token(message: Message) -> tuple[str, str]:
    """Return the access token and its scheme; exactly one way of sending it is allowed (RFC 6750 §2)."""
    if "access_token" in message.query:
        raise InvalidRequest("the access token must not be sent in the URL")
    scheme, _, value = (message.authorization or "").partition(" ")
    in_body = message.params.get("access_token", ()) if message.method == "POST" else ()
    if len(in_body) + bool(value) > 1:
        raise InvalidRequest("the access token was sent in more than one way")
    if in_body:
        return in_body[0], "bearer"
    if scheme.lower() not in _SCHEMES or not value:
        raise InvalidToken("")
    return value.strip(), scheme.lower()
