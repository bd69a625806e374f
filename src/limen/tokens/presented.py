"""Find and check a presented access token (RFC 6750 §2, RFC 7662 §2.2, RFC 9449 §7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.ports.storage import Standing, Storage
from limen.ports.world import Clock
from limen.tokens.content import Content
from limen.tokens.formats.base import Format
from limen.tokens.gate import standing_refuses, tenant_or_client_refuses

MAX_LENGTH = 16_384


class Presented(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An authentic token with all it depends on. `reason` says why it is dead; '' when it is alive."""

    content: Content
    client: Client | None
    standing: Standing | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokens:
    """Reads every format this server writes."""

    storage: Storage
    formats: Sequence[Format]
    clock: Clock

    async def find(self, tenant: Tenant, token: str) -> Presented | None:
        """Return what the token says and whether it is alive; None when it is none of this tenant's."""
        for reader in self.formats:
            if reader.recognises(token):
                break
        else:
            return None
        if len(token) > MAX_LENGTH:
            return None
        content = await reader.read(tenant.tenant_id, token)
        if content is None:
            return None
        client = await self.storage.client(tenant.tenant_id, content.client_id)
        standing = None
        if content.grant_id is not None:
            standing = await self.storage.standing(tenant.tenant_id, content.grant_id)
        reason = self._refuses(tenant, client, standing, content)
        if not reason and standing is not None and standing.grant.client_id != content.client_id:
            # An exchanged token dies with the client whose token it was made of, too (RFC 8693 §3).
            first = await self.storage.client(tenant.tenant_id, standing.grant.client_id)
            reason = tenant_or_client_refuses(tenant, first, content.iat)
        return Presented(content=content, client=client, standing=standing, reason=reason)

    def _refuses(
        self, tenant: Tenant, client: Client | None, standing: Standing | None, content: Content
    ) -> str:
        if content.exp <= self.clock.now():
            return "the token has expired"
        if self.storage.denied(tenant.tenant_id, content.jti):
            return "the token was revoked"
        reason = tenant_or_client_refuses(tenant, client, content.iat)
        if not reason and content.grant_id is not None:
            reason = standing_refuses(standing, content.iat, now=self.clock.now())
        return reason
