"""Documents of strangers, kept for a while; failures kept for a shorter while (RFC 9111 in spirit)."""

from collections.abc import Hashable
from typing import Any

from limen.ports.outbound import FetchError
from limen.ports.world import Clock

GOOD_FOR = 300
BAD_FOR = 60
_MOST = 1_000


class Cache:
    """At most a thousand entries; the one written longest ago goes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[Hashable, tuple[int, Any]] = {}
        self._failures: dict[Hashable, int] = {}

    def get(self, key: Hashable, *, fresh: bool) -> Any:
        """Return what was kept, or None; with `fresh` only a failure counts, which is a FetchError."""
        now = self._clock.now()
        expires, value = self._values.get(key, (0, None))
        # A look for something newer that failed takes nothing away: anybody can make us look.
        if expires > now and not fresh:
            return value
        # Even one who wants it fresh must not hammer a server that has just failed.
        if self._failures.get(key, 0) > now:
            raise FetchError("the document could not be fetched a moment ago")
        return None

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a document."""
        self._failures.pop(key, None)
        _make_room(self._values)
        self._values.pop(key, None)
        self._values[key] = (self._clock.now() + GOOD_FOR, value)

    def put_failure(self, key: Hashable) -> None:
        """Remember that it failed."""
        _make_room(self._failures)
        self._failures.pop(key, None)
        self._failures[key] = self._clock.now() + BAD_FOR


def _make_room(entries: dict[Hashable, Any]) -> None:
    if len(entries) >= _MOST:
        del entries[next(iter(entries))]
