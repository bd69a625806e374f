"""What a client authentication method is (RFC 6749 §2.3)."""

import hmac
from dataclasses import dataclass, field
from typing import Any, Protocol

from limen.model.client import Client
from limen.ports.storage import Change
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.tokens.digest import digest


@dataclass(frozen=True, slots=True)
class Offer:
    """What a message offers as proof: who it claims to be, and the method's own evidence."""

    client_id: str
    evidence: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Proven:
    """The proof held; `changes` (a used assertion, say) commit with the act it was made for."""

    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that proved itself, with the policy that holds for it."""

    client: Client
    policy: Policy
    changes: tuple[Change, ...] = ()


class ClientAuth(Protocol):
    """One token_endpoint_auth_method."""

    @property
    def method(self) -> str:
        """The registered name."""
        ...

    def offer(self, message: Message) -> Offer | None:
        """Return what the message offers for this method, or None when it offers nothing."""
        ...

    async def prove(self, offer: Offer, client: Client, message: Message) -> Proven | None:
        """Return Proven when the offer proves the client, else None."""
        ...


def is_secret_of(client: Client, presented: str, now: int) -> bool:
    """Tell whether `presented` is one of the client's secrets that has not expired (RFC 6749 §2.3.1)."""
    found = digest(presented)
    matches = [
        hmac.compare_digest(found, s.digest) and not 0 < s.expires_at <= now for s in client.client_secrets
    ]
    return any(matches)
