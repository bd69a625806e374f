"""tls_client_auth: a certificate that a known authority issued (RFC 8705 §2.1)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven
from limen.errors import InvalidClient
from limen.model.client import Client
from limen.ports.certificates import Certificates
from limen.ports.world import Clock
from limen.protocol.certificate import proves
from limen.protocol.message import Message
from limen.protocol.policy import Policy

_FAILED = "client authentication failed"


@dataclass(frozen=True, slots=True)
class TlsClientAuth:
    """The TLS layer has proven possession of the key; here it is asked whose certificate it is."""

    certificates: Certificates
    clock: Clock
    method: ClassVar[str] = "tls_client_auth"
    evidence: ClassVar[str | None] = None

    def offer(self, message: Message) -> Offer | None:
        """Take the connection's certificate for the client that is named (RFC 8705 §2)."""
        client_id = message.one("client_id")
        return Offer(client_id, message.certificate) if client_id and message.certificate else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Check the one registered name, then the chain of who vouches for it."""
        if not proves(client, offer.evidence):
            raise InvalidClient(_FAILED, detail=f"{self.method}: the certificate is of another subject")
        if not self.certificates.trusts(offer.evidence, now=self.clock.now()):
            # Authorities between ours and the certificate do not come with it: they belong in the bundle.
            raise InvalidClient(
                _FAILED, detail=f"{self.method}: no authority of server.tls_client_ca issued it"
            )
        return Proven()
