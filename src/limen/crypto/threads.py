"""Work beside the event loop, on a few threads: what is slow by design (RFC 9106)."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Full(Exception):
    """Every thread is busy, and as many as may wait are waiting."""


class Threads:
    """At most `count` threads, begun when they are needed; at most `queue` pieces of work wait for one."""

    def __init__(self, name: str, *, count: int, queue: int) -> None:
        self._name, self._count, self._most = name, count, count + queue
        self._places = deque([None] * self._most)  # taken and given back in single steps, by any thread
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._is_closed = False

    async def do(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; Full when there is no place for it."""
        if self._is_closed:
            raise RuntimeError("the threads have been closed")
        try:
            self._places.pop()
        except IndexError:
            raise Full from None
        if len(self._threads) < min(self._most - len(self._places), self._count):
            try:
                self._begin()
            except RuntimeError:  # the system has no thread for us
                self._places.append(None)
                raise
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put((work, loop, done))
        return await done

    def close(self) -> None:
        """Let what runs finish, and begin nothing more."""
        self._is_closed = True
        with suppress(Empty):
            while job := self._jobs.get_nowait():
                job[2].cancel()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _begin(self) -> None:
        thread = Thread(target=self._run, name=f"{self._name}-{len(self._threads)}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _run(self) -> None:
        while self._one(self._jobs.get()):
            pass

    def _one(self, job: Job | None) -> bool:
        """Do one piece of work; a thread keeps nothing of it while it waits for the next."""
        if job is None:
            return False
        work, loop, done = job
        outcome: Any = None
        error: BaseException | None = None
        try:
            if not done.cancelled():
                outcome = work()
        except BaseException as raised:  # noqa: BLE001 -- whatever it is, it is told to who asked
            error = raised
        # The place is free when the thread is, not when a caller that lost patience goes away.
        self._places.append(None)
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(_settle, done, outcome, error)
        del error, done, work, job  # an error knows this frame, which must not know the error and the secret
        return True


def _settle(done: "asyncio.Future[Any]", outcome: Any, error: BaseException | None) -> None:
    if done.done():  # who asked has gone away
        return
    if error is None:
        done.set_result(outcome)
    else:
        done.set_exception(error)
