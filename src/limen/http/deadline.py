"""Until when a peer must have done what is expected of it (RFC 9112 §9.5): one timer, seldom moved."""

import asyncio
from collections.abc import Callable


class Deadline:
    """`due` is a time of the loop's clock; 0: nothing is expected. `missed` is called when it has passed."""

    __slots__ = ("_loop", "_missed", "_rings", "_timer", "due")

    def __init__(self, loop: asyncio.AbstractEventLoop, missed: Callable[[], None]) -> None:
        self._loop, self._missed = loop, missed
        self._timer: asyncio.TimerHandle | None = None
        self._rings = self.due = 0.0

    def expect(self, seconds: float) -> None:
        """Set the time. The timer is moved only when it would ring too late; too early does no harm."""
        due = self.due = self._loop.time() + seconds
        if self._timer is None or self._rings > due:
            self._ring_at(due)

    def drop(self) -> None:
        """Expect nothing more, ever."""
        self.due = 0.0
        if self._timer is not None:
            self._timer.cancel()

    def _ring_at(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = due
        self._timer = self._loop.call_at(due, self._rang)

    def _rang(self) -> None:
        self._timer = None
        if self.due > self._loop.time():
            self._ring_at(self.due)
        elif self.due:
            self.due = 0.0
            self._missed()
