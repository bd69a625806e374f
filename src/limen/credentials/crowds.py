"""No more at once than may still be wrong; a failure counts when it is known (NIST SP 800-63B §3.2.2)."""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

Judge = Callable[[], Awaitable[tuple[int, int]]]  # the seconds to wait, and the room there is


class Crowd:
    """Those of one source whose passwords are being checked; whoever comes when it is full waits in line."""

    __slots__ = ("__weakref__", "_door", "_inside", "_left")

    def __init__(self) -> None:
        self._door = asyncio.Lock()
        self._inside = 0
        self._left = asyncio.Event()

    async def enter(self, judge: Judge) -> int:
        """Return 0 once there is room, and `leave` is owed; or the seconds to come back after."""
        async with self._door:
            while True:
                self._left.clear()
                wait, room = await judge()
                if wait:
                    return wait
                if self._inside < room:
                    self._inside += 1
                    return 0
                await self._left.wait()

    def leave(self) -> None:
        """Make room for the next; what was wrong has been counted."""
        self._inside -= 1
        self._left.set()


class Crowds:
    """A crowd for each tenant and source, kept as long as somebody is in it; within one process."""

    __slots__ = ("_crowds",)

    def __init__(self) -> None:
        self._crowds: WeakValueDictionary[tuple[str, str], Crowd] = WeakValueDictionary()

    def of(self, tenant_id: str, source: str) -> Crowd:
        return self._crowds.setdefault((tenant_id, source), Crowd())
