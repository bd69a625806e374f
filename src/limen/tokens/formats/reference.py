"""reference: a random handle whose content is a row of the store (RFC 6749 §1.4)."""

import base64
from dataclasses import dataclass
from typing import ClassVar

from limen.model.artifacts import ReferenceToken
from limen.ports.storage import Change, Put, Storage
from limen.ports.world import Entropy
from limen.tokens.authorization import Call
from limen.tokens.content import Content, decode, encode
from limen.tokens.digest import digest

_PREFIX = "lm_rf_"


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """For operators who want every token to be a row they can list."""

    storage: Storage
    entropy: Entropy
    name: ClassVar[str] = "reference"

    def write(self, content: Content, call: Call) -> tuple[str, tuple[Change, ...]]:
        """Make a handle and the row it points to."""
        handle = _PREFIX + self.entropy.handle()
        row = ReferenceToken(
            tenant_id=call.tenant.tenant_id,
            digest=digest(handle),
            expires_at=content.exp,
            client_id=content.client_id,
            grant_id=content.grant_id,
            body=base64.b64encode(encode(content)).decode(),
        )
        return handle, (Put(row),)

    def recognises(self, token: str) -> bool:
        """Handles begin with their prefix."""
        return token.startswith(_PREFIX)

    async def read(self, tenant_id: str, token: str) -> Content | None:
        """Look the row up by the handle's digest."""
        row = await self.storage.get(ReferenceToken, tenant_id, digest(token))
        return decode(base64.b64decode(row.body)) if row is not None else None
