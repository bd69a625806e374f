"""Turn an authorization into a token response: the single mint (RFC 6749 §5.1, OIDC Core §3.1.3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import structs

from limen.model.grant import Grant
from limen.model.person import Person
from limen.ports.storage import Change
from limen.ports.world import Entropy
from limen.protocol.claims import released
from limen.protocol.resource import scope_at
from limen.tokens.authorization import Authorization, Call
from limen.tokens.content import Content
from limen.tokens.formats.base import Format
from limen.tokens.id_token import IdTokens


class TokenResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """RFC 6749 §5.1, RFC 8693 §2.2.1, RFC 9396 §7."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str | None = None
    refresh_token: str | None = None
    id_token: str | None = None
    issued_token_type: str | None = None
    authorization_details: list[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Knows every format; a grant never sees it."""

    formats: Mapping[str, Format]
    id_tokens: IdTokens
    entropy: Entropy

    async def issue(
        self, authorization: Authorization, call: Call
    ) -> tuple[TokenResponse, tuple[Change, ...]]:
        """Return the token response and what must be stored with it."""
        scope = scope_at(authorization.scope, authorization.audience, call.tenant)
        if scope is not authorization.scope:
            authorization = structs.replace(authorization, scope=scope, less_scope=True)
        content = self._content(authorization, call)
        access_token, changes = self._written(content, call)
        id_token = None
        if authorization.id_token:
            id_token = await self.id_tokens.write(authorization, call, access_token=access_token)
        response = TokenResponse(
            access_token=access_token,
            token_type=token_type(authorization.binding or call.binding),
            expires_in=content.exp - content.iat,
            scope=content.scope or ("" if authorization.less_scope else None),
            refresh_token=authorization.refresh_token,
            id_token=id_token,
            issued_token_type=authorization.issued_token_type,
            authorization_details=list(authorization.authorization_details) or None,
        )
        return response, changes

    def access_token(self, authorization: Authorization, call: Call) -> tuple[str, int, tuple[Change, ...]]:
        """Return an access token, its remaining seconds and what must be stored with it."""
        content = self._content(authorization, call)
        token, changes = self._written(content, call)
        return token, content.exp - content.iat, changes

    def _written(self, content: Content, call: Call) -> tuple[str, tuple[Change, ...]]:
        return self.formats[call.policy.access_token_format].write(content, call)

    def _content(self, authorization: Authorization, call: Call) -> Content:
        grant, person, policy = authorization.grant, authorization.person, call.policy
        subject = authorization.sub
        claims: dict[str, Any] = {}
        if person is not None:
            subject = self.id_tokens.subject(call.tenant, call.client, subject)
            claims = self._token_claims(grant, person, call)
        lifetime = policy.access_token_lifetime if grant is not None else policy.app_access_token_lifetime
        expires_at = call.now + lifetime
        if authorization.expires_at:
            expires_at = min(expires_at, authorization.expires_at)
        return Content(
            jti=self.entropy.identifier(),
            client_id=call.client.client_id,
            sub=subject,
            iat=call.now,
            exp=expires_at,
            scope=str(authorization.scope),
            aud=authorization.audience or policy.access_token_audience or (call.tenant.issuer,),
            grant_id=grant.grant_id if grant is not None else None,
            binding=authorization.binding or call.binding,
            act=authorization.act,
            details=authorization.authorization_details,
            claims=claims,
        )

    def _token_claims(self, grant: Grant | None, person: Person, call: Call) -> dict[str, Any]:
        if call.policy.access_token_format != "jwt" or grant is None:
            return {}
        claims = released(call.tenant, person, call.policy.access_token_claims)
        # RFC 9470 §6.2, RFC 9068 §2.2.1: how and when the person signed in.
        optional = {
            "auth_time": grant.auth_time,
            "acr": grant.acr,
            "amr": list(grant.amr),
            "sid": grant.session_id,
        }
        return claims | {name: value for name, value in optional.items() if value}


def token_type(binding: Mapping[str, str]) -> str:
    """Return how the access token is to be presented (RFC 6750, RFC 9449 §5)."""
    return "DPoP" if "dpop" in binding else "Bearer"
