"""client_secret_basic (RFC 6749 §2.3.1, RFC 7617)."""

from binascii import a2b_base64
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import unquote_plus

from limen.client_auth.base import Offer, Proven, secret_of
from limen.errors import InvalidClient
from limen.model.client import Client
from limen.ports.world import Clock
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.secret_use import SecretUses


@dataclass(frozen=True, slots=True)
class ClientSecretBasic:
    """The halves are form-encoded; clients that forget to encode are understood, too."""

    clock: Clock
    uses: SecretUses
    method: ClassVar[str] = "client_secret_basic"
    evidence: ClassVar[str | None] = "authorization"

    def offer(self, message: Message) -> Offer | None:
        """Read the Authorization header."""
        scheme, _, value = message.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            client_id, colon, secret = a2b_base64(value.strip(), strict_mode=True).decode().partition(":")
        except ValueError:  # no base64, or no UTF-8
            raise InvalidClient("the Authorization header is malformed") from None
        client_id = _decoded(client_id)
        if not colon or not client_id.isprintable():
            raise InvalidClient("the Authorization header is malformed")
        return Offer(client_id, secret)

    async def prove(self, offer: Offer, client: Client, message: Message, policy: Policy) -> Proven | None:
        """Try the decoded half, as RFC 6749 has it, then the raw one, as many clients send it."""
        now, raw = self.clock.now(), offer.evidence
        decoded = _decoded(raw)
        secret = secret_of(client, decoded, now)
        if secret is None and raw != decoded:
            secret = secret_of(client, raw, now)
        return Proven(self.uses.note(client, secret, now)) if secret is not None else None


def _decoded(half: str) -> str:
    """Return a half as a form would have it; most have nothing to decode."""
    return unquote_plus(half) if "%" in half or "+" in half else half
