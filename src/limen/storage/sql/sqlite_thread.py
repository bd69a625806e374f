"""A thread that commits batches of plans, so that the event loop never waits for the disk."""

import asyncio
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from limen.storage.sql.plan import Outcome, Plan
from limen.storage.sql.sqlite_writer import SqliteWriter

Settle = Callable[[list[Outcome]], None]


class WriterThread:
    """One batch at a time; meanwhile the next one gathers.

    RuntimeError where the system has no thread to give; the connection is then still the caller's.
    """

    def __init__(self, writer: SqliteWriter, loop: asyncio.AbstractEventLoop) -> None:
        self.writer, self._loop = writer, loop
        self._batches: SimpleQueue[tuple[Sequence[Plan], list[Outcome] | None, Settle] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="limen-sqlite-writer", daemon=True)
        self._thread.start()

    def send(self, plans: Sequence[Plan], prepared: list[Outcome] | None, settle: Settle) -> None:
        """Commit the plans, which may be prepared already; `settle` is called in the loop's thread."""
        self._batches.put((plans, prepared, settle))

    def stop(self) -> None:
        self._batches.put(None)
        self._thread.join()
        self.writer.connection.close()

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            plans, prepared, settle = batch
            try:
                outcomes = self.writer.run(plans) if prepared is None else self.writer.finish(prepared)
            except Exception as error:  # noqa: BLE001 -- whatever it is, those who wait are told
                outcomes = [error] * len(plans)
            self._loop.call_soon_threadsafe(settle, outcomes)
