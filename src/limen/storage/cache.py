"""A bounded cache that forgets exactly what changed: the least recently used entry makes room."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from limen.ports.world import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ABSENT_SECONDS = 5


class Cache(Generic[K, V]):
    """What was found stays until it is forgotten; what was not found, for a few seconds only."""

    def __init__(self, size: int, clock: Clock) -> None:
        self._size, self._clock = size, clock
        self._found: OrderedDict[K, V] = OrderedDict()
        # Apart from what exists, so that asking for invented names cannot push the real ones out.
        self._absent: OrderedDict[K, int] = OrderedDict()
        self._changes = 0

    def peek(self, key: K) -> V | None:
        """Return what is known to be there."""
        value = self._found.get(key)
        if value is not None:
            self._found.move_to_end(key)
        return value

    async def load(self, key: K, read: Callable[[], Awaitable[V | None]]) -> V | None:
        """Return what `read` returns, and keep it unless something changed while it was being read."""
        if self._absent.get(key, 0) > self._clock.now():
            return None
        changes = self._changes
        value = await read()
        if changes == self._changes:
            self._keep(key, value)
        return value

    def forget(self, key: K) -> None:
        self._changes += 1
        self._found.pop(key, None)
        self._absent.pop(key, None)

    def clear(self) -> None:
        self._changes += 1
        self._found.clear()
        self._absent.clear()

    def _keep(self, key: K, value: V | None) -> None:
        if value is None:
            self._absent[key] = self._clock.now() + ABSENT_SECONDS
            if len(self._absent) > self._size:
                self._absent.popitem(last=False)
            return
        self._absent.pop(key, None)
        self._found[key] = value
        if len(self._found) > self._size:
            self._found.popitem(last=False)
