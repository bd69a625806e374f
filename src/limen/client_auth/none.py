"""none: a public client names itself (RFC 7591 §2, RFC 6749 §3.2.1)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven
from limen.model.client import Client
from limen.protocol.message import Message
from limen.protocol.policy import Policy


@dataclass(frozen=True, slots=True)
class NoClientAuth:
    """Asked last: it takes a message in which no other method found an offer."""

    method: ClassVar[str] = "none"
    evidence: ClassVar[str | None] = None

    def offer(self, message: Message) -> Offer | None:
        """Read client_id."""
        client_id = message.one("client_id")
        return Offer(client_id) if client_id else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Nothing to prove: the registration says so."""
        return Proven()
