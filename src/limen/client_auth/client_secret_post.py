"""client_secret_post (RFC 6749 §2.3.1)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven, secret_of
from limen.model.client import Client
from limen.ports.world import Clock
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.secret_use import SecretUses


@dataclass(frozen=True, slots=True)
class ClientSecretPost:
    """The secret is a parameter of the body, never of the URL."""

    clock: Clock
    uses: SecretUses
    method: ClassVar[str] = "client_secret_post"
    evidence: ClassVar[str | None] = "client_secret"

    def offer(self, message: Message) -> Offer | None:
        """Read client_id and client_secret."""
        client_id, secret = message.one("client_id"), message.one("client_secret")
        return Offer(client_id, secret) if client_id and secret else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Compare with the stored digests."""
        now = self.clock.now()
        secret = secret_of(client, offer.evidence, now)
        return Proven(self.uses.note(client, secret, now)) if secret is not None else None
