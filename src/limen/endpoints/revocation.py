"""The revocation endpoint (RFC 7009)."""

from dataclasses import dataclass

import msgspec

from limen.client_auth.authenticate import Authenticate
from limen.client_auth.base import Authenticated
from limen.endpoints.bound import Bound
from limen.endpoints.committing import refusal_of
from limen.errors import InvalidRequest, UnauthorizedClient
from limen.ports.storage import Change, Deny, Revoke, Storage
from limen.ports.world import Clock
from limen.protocol.answer import Body
from limen.protocol.message import Message
from limen.protocol.params import read
from limen.tokens.presented import AccessTokens
from limen.tokens.refresh import RefreshTokens


class RevocationRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 7009 §2.1."""

    token: str
    token_type_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationEndpoint:
    """An access token goes alone; a refresh token takes its whole family with it."""

    storage: Storage
    authenticate: Authenticate
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    bound: Bound
    clock: Clock

    async def __call__(self, message: Message) -> Body:
        """Revoke; an unknown token is already as good as revoked (RFC 7009 §2.2)."""
        by = await self.authenticate(message)
        if not by.policy.allow_revocation:
            raise UnauthorizedClient("the client may not use revocation")
        if "token" in message.query:
            raise InvalidRequest("the token must not be sent in the URL")
        request = read(RevocationRequest, message.params)
        changes = (*by.changes, *await self._changes(request.token, by, message))
        if changes and (lost := await self.storage.commit(*changes)) is not None:
            raise refusal_of(lost)
        return Body(content=b"")

    async def _changes(self, token: str, by: Authenticated, message: Message) -> tuple[Change, ...]:
        tenant_id = message.tenant.tenant_id
        content = self.refresh_tokens.read(tenant_id, token)
        if content is not None:
            _require_own(content.client_id, by)
            return (
                Revoke(
                    tenant_id=tenant_id,
                    now=self.clock.now(),
                    reason="revoked by client",
                    grant_id=content.grant_id,
                ),
            )
        presented = await self.access_tokens.find(message.tenant, token)
        if presented is None:
            return ()
        _require_own(presented.content.client_id, by)
        uses = await self.bound.at_revocation(message, token, presented)
        return (
            *uses,
            Deny(tenant_id=tenant_id, jti=presented.content.jti, expires_at=presented.content.exp),
        )


def _require_own(client_id: str, by: Authenticated) -> None:
    if client_id != by.client.client_id:
        raise UnauthorizedClient("the token was not issued to this client")
