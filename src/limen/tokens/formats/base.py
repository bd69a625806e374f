"""What an access token format is."""

from typing import Protocol

from limen.ports.storage import Change
from limen.tokens.authorization import Call
from limen.tokens.content import Content


class Format(Protocol):
    """A way to write a Content as a string and to read it back."""

    @property
    def name(self) -> str:
        """The value of access_token_format."""
        ...

    def write(self, content: Content, call: Call) -> tuple[str, tuple[Change, ...]]:
        """Return the token and what must be stored for it."""
        ...

    def recognises(self, token: str) -> bool:
        """Tell by shape alone whether the token is of this format."""
        ...

    async def read(self, tenant_id: str, token: str) -> Content | None:
        """Return what an authentic token says, whatever its dates; else None."""
        ...
