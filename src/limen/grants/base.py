"""What a grant is (RFC 6749 §1.3, §4.5)."""

from typing import Any, Protocol

from limen.ports.storage import Change
from limen.protocol.message import Message
from limen.tokens.authorization import Authorization, Call


class Grant(Protocol):
    """Proves an authorization, or refuses. It never mints: that is the issuer's part."""

    @property
    def grant_type(self) -> str:
        """The registered name."""
        ...

    @property
    def request(self) -> type[Any]:
        """The struct of its parameters."""
        ...

    async def authorize(self, request: Any, call: Call, message: Message) -> Authorization:
        """Return what was proven, with the changes that use it up."""
        ...

    async def lost(self, change: Change, request: Any, call: Call, message: Message) -> Authorization:
        """A condition among the changes failed: somebody was faster. Decide anew, or refuse."""
        ...
