"""none: the token is a bearer token (RFC 6750)."""

from typing import ClassVar

from limen.binding.base import Proof
from limen.ports.storage import Standing
from limen.protocol.message import Message


class NoBinding:
    """Nothing to prove."""

    binding_type: ClassVar[str] = "none"

    async def prove(self, message: Message, *, access_token: str | None) -> Proof | None:
        """Never anything."""
        return None

    def accepts(self, proof: Proof | None, reference: str, standing: Standing | None) -> bool:
        """Always."""
        return True
