"""Moving the write-ahead log into the database file, in a thread of its own."""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import NamedTuple

import apsw

PAGES = 1_000
# A log that never finds a quiet moment is finished by the writer itself, between two commits.
PAGES_TOO_MANY = 8_000

_log = logging.getLogger("limen.storage")


class Checkpointer:
    """`overgrown` asks the writer to finish what the thread could not, because commits kept coming."""

    def __init__(self, connect: Callable[[], apsw.Connection]) -> None:
        self._connect = connect
        self._wanted = Event()
        self._stopping = False
        self._asked_at = 0
        self._thread: Thread | None = None
        self.overgrown = False

    def after_commit(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """Note the log's length; SQLite calls it after each commit.

        It must not raise: SQLite would call the commit failed, though it is made.
        """
        if pages < self._asked_at:  # the log began anew
            self._asked_at = 0
        if pages - self._asked_at >= PAGES:
            self._asked_at = pages
            self._wake()
        return apsw.SQLITE_OK

    def finish(self, connection: apsw.Connection) -> None:
        """Copy the rest while nobody commits, so that the log can begin anew.

        What goes wrong here must not count against the commit before it: the next one tries again.
        """
        with suppress(apsw.Error):
            self.overgrown = not _checkpoint(connection).complete

    def stop(self) -> None:
        self._stopping = True
        if self._thread is not None:
            self._wanted.set()
            self._thread.join()

    def _wake(self) -> None:
        if self._thread is None:
            thread = Thread(target=self._run, name="limen-sqlite-checkpoint", daemon=True)
            try:
                thread.start()
            except (RuntimeError, MemoryError):  # the system has no thread for us: a later commit asks again
                return
            self._thread = thread
        self._wanted.set()

    def _run(self) -> None:
        connection: apsw.Connection | None = None
        while self._wanted.wait() and not self._stopping:
            self._wanted.clear()
            try:
                connection = connection or self._connect()
                if not self.overgrown:  # then it is the writer's turn, and we must not stand in its way
                    # Complete or not: commits came meanwhile, else the log would have begun anew before.
                    self.overgrown = _checkpoint(connection).pages > PAGES_TOO_MANY
            except apsw.Error as fault:  # no descriptor is left, or the disk is full: later commits ask again
                _log.warning("the write-ahead log could not be moved into the database: %r", fault)
        if connection is not None:
            connection.close()


class _Done(NamedTuple):
    pages: int
    complete: bool


def _checkpoint(connection: apsw.Connection) -> _Done:
    try:
        pages, copied = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
    except apsw.BusyError:  # another process is at it
        return _Done(0, complete=False)
    return _Done(pages, complete=pages == copied)
