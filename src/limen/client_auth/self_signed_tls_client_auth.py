"""self_signed_tls_client_auth: a certificate the client registered itself (RFC 8705 §2.2)."""

from dataclasses import dataclass
from typing import ClassVar

from limen.client_auth.base import Offer, Proven
from limen.model.client import Client
from limen.ports.keys import ClientKeys
from limen.protocol.certificate import is_registered, thumbprint
from limen.protocol.message import Message
from limen.protocol.policy import Policy


@dataclass(frozen=True, slots=True)
class SelfSignedTlsClientAuth:
    """The TLS layer has proven possession of the key; the client's JWK Set says that it is the client's."""

    client_keys: ClientKeys
    method: ClassVar[str] = "self_signed_tls_client_auth"
    evidence: ClassVar[str | None] = None

    def offer(self, message: Message) -> Offer | None:
        """Take the connection's certificate for the client that is named (RFC 8705 §2)."""
        client_id = message.one("client_id")
        return Offer(client_id, message.certificate) if client_id and message.certificate else None

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Look the certificate up; RFC 8705 §2.2.2: a client rotates by publishing the new one first."""
        der = offer.evidence
        if is_registered(der, await self.client_keys.of(client)):
            return Proven()
        if client.jwks_uri is None:
            return None
        return (
            Proven() if is_registered(der, await self.client_keys.of(client, kid=thumbprint(der))) else None
        )
