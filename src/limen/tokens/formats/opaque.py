"""opaque: a sealed value only this server can read; nothing is written when it is issued (RFC 6749 §1.4)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.ports.keys import Keys
from limen.ports.storage import Change
from limen.tokens.authorization import Call
from limen.tokens.content import Content, decode, encode

PURPOSE = "at"


@dataclass(frozen=True, slots=True)
class OpaqueFormat:
    """A type prefix and an authenticated ciphertext in unreserved characters."""

    keys: Keys
    name: ClassVar[str] = "opaque"

    def write(self, content: Content, call: Call) -> tuple[str, tuple[Change, ...]]:
        """Seal the content."""
        return self.keys.seal(call.tenant.tenant_id, PURPOSE, encode(content)), ()

    def recognises(self, token: str) -> bool:
        """Sealed access tokens begin with their prefix."""
        return token.startswith("lm_at_")

    async def read(self, tenant_id: str, token: str) -> Content | None:
        """Open the seal."""
        packed = self.keys.open(tenant_id, PURPOSE, token)
        return decode(packed) if packed is not None else None
