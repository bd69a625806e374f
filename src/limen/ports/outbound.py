"""The one guarded way out to other people's servers."""

from collections.abc import Mapping
from typing import Any, Protocol


class FetchError(Exception):
    """The one thing a caller learns when a fetch failed; the reason goes to the log."""


class Busy(FetchError):
    """Nobody was called, since too many others were: this says nothing of who was to be called."""


class Fetcher(Protocol):
    """https only, public addresses only, no redirects, bounded in size and time."""

    async def json(self, url: str, *, limit: int, fresh: bool = False) -> Any:
        """Return the JSON document at `url` of at most `limit` bytes, perhaps cached; or FetchError."""
        ...

    async def text(self, url: str, *, limit: int) -> str:
        """Return the text at `url` of at most `limit` bytes; or FetchError."""
        ...

    async def post(self, url: str, *, body: bytes, media_type: str, headers: Mapping[str, str]) -> int:
        """Post and return the status; the answer's body is discarded; or FetchError."""
        ...
