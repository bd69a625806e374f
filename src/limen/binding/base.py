"""What a token binding is: something a token must be shown with (RFC 8705, RFC 9449, and our own)."""

import hmac
from collections.abc import Mapping
from typing import Protocol

import msgspec

from limen.model.client import Client
from limen.model.session import Session
from limen.ports.storage import Change
from limen.protocol.answer import Cookie
from limen.protocol.message import Message
from limen.protocol.policy import Policy


class Proof(msgspec.Struct, frozen=True, gc=False):
    """What a message proves: the reference tokens are bound to, and what commits with its use."""

    reference: str
    changes: tuple[Change, ...] = ()


class Binding(Protocol):
    """One token binding type."""

    @property
    def binding_type(self) -> str:
        """The value of token_binding_type."""
        ...

    async def prove(
        self, message: Message, *, access_token: str | None, policy: Policy | None = None
    ) -> Proof | None:
        """Return what the message proves, None when it carries nothing and need not; refuse a broken proof.

        `access_token` is the token the message presents, None at the token endpoint. There `policy` may
        demand a proof.
        """
        ...

    def accepts(self, proof: Proof | None, reference: str) -> bool:
        """Tell whether a token bound to `reference` may be used with this proof."""
        ...

    def renews(self, proof: Proof | None, reference: str, client: Client) -> bool:
        """Tell whether the client may refresh tokens bound to `reference` with this proof."""
        ...


class Fixed(msgspec.Struct, frozen=True, gc=False):
    """A reference made while the person's browser was there, and the cookie the browser keeps for it."""

    reference: str
    cookies: tuple[Cookie, ...] = ()


class BrowserBinding(Binding, Protocol):
    """A binding fixed at the authorization endpoint: it travels with the code, not the token request."""

    def fix(self, session: Session, cookies: Mapping[str, str]) -> Fixed:
        """Return what the grant is bound to."""
        ...


def is_same(proof: Proof | None, reference: str) -> bool:
    """Tell whether the proof is of this very reference."""
    return proof is not None and hmac.compare_digest(proof.reference, reference)
