"""What a token binding is: something a token must be shown with (RFC 8705, RFC 9449, and our own)."""

from dataclasses import dataclass
from typing import Protocol

from limen.ports.storage import Change, Standing
from limen.protocol.message import Message


@dataclass(frozen=True, slots=True)
class Proof:
    """What a message proves: the reference tokens are bound to, and what commits with its use."""

    reference: str
    changes: tuple[Change, ...] = ()


class Binding(Protocol):
    """One token binding type."""

    @property
    def binding_type(self) -> str:
        """The value of token_binding_type."""
        ...

    async def prove(self, message: Message, *, access_token: str | None) -> Proof | None:
        """Return what the message proves, None when it carries nothing; refuse a broken proof.

        `access_token` is the token the message presents, None at the token endpoint.
        """
        ...

    def accepts(self, proof: Proof | None, reference: str, standing: Standing | None) -> bool:
        """Tell whether a token bound to `reference` may be used with this proof."""
        ...
