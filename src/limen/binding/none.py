"""none: the token is a bearer token (RFC 6750)."""

from typing import ClassVar

from limen.binding.base import Proof
from limen.model.client import Client
from limen.protocol.message import Message
from limen.protocol.policy import Policy


class NoBinding:
    """Nothing to prove."""

    binding_type: ClassVar[str] = "none"

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Never anything."""
        return None

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """Always."""
        return True

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """Always."""
        return True
