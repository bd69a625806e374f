"""client_secret_post (RFC 6749 §2.3.1)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven, secret_of
from limen.errors import InvalidRequest
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
        """Read client_id and client_secret; a secret is an offer even where no name is sent with it."""
        sent = message.params.get("client_secret", ())
        if len(sent) > 1:
            raise InvalidRequest("client_secret is included more than once")
        return Offer(message.one("client_id") or "", sent[0]) if sent and sent[0] else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Compare with the stored digests."""
        now = self.clock.now()
        secret = secret_of(client, offer.evidence, now)
        return Proven(self.uses.note(client, secret, now)) if secret is not None else None
