"""The SQLite dialect: reads in the loop's thread, and one commit for all who gathered for it.

WAL with synchronous=FULL: an acknowledged commit survives a power cut. It costs hardly more for many than for
one, so it waits as long as each turn of the event loop brings more of them, though never longer than it takes
itself. Where a commit is slow, or another process writes too, the commits move to a thread, so that the event
loop never waits for the disk. What a transaction does before stays here: two threads that take turns at it
would cost more than it does.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import apsw

from limen.errors import TemporarilyUnavailable
from limen.storage.errors import StorageError
from limen.storage.sql import migrate
from limen.storage.sql.plan import Outcome, Plan
from limen.storage.sql.sqlite_checkpoint import Checkpointer
from limen.storage.sql.sqlite_copy import copy_out
from limen.storage.sql.sqlite_thread import WriterThread
from limen.storage.sql.sqlite_writer import SqliteWriter
from limen.storage.sql.statement import Statement

OLDEST = (3, 51, 3)  # earlier libraries can lose a commit when the write-ahead log begins anew
SLOW_COMMIT_SECONDS = 0.000_200
BUSY_MILLISECONDS = 10_000
BATCH = 500
ATTEMPTS = 200

Waiting = tuple[Plan, "asyncio.Future[int | None]"]
# What the world around the database did, as against what we asked of it.
_UNAVAILABLE = (
    apsw.BusyError,
    apsw.LockedError,
    apsw.FullError,
    apsw.IOError,
    apsw.ReadOnlyError,
    apsw.CantOpenError,
)


def connect(path: Path) -> apsw.Connection:
    """Open the file as every part of this store does."""
    connection = apsw.Connection(str(path), statementcachesize=256)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    for setting in (
        "synchronous=FULL",
        "wal_autocheckpoint=0",  # a thread does it
        "cache_size=-16384",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {setting}").fetchall()
    return connection


class SqliteDatabase:
    """One file. Several processes may share it."""

    def __init__(self, path: Path, connection: apsw.Connection) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._execute = connection.cursor().execute
        self._checkpointer = Checkpointer(lambda: connect(path))
        self._writer = SqliteWriter(connection, self._checkpointer)
        self._thread: WriterThread | None = None
        self._in_thread: list[Waiting] = []
        self._waiting: list[Waiting] = []
        self._gathered = 0  # how many waited a turn ago
        self._since = 0.0

    @classmethod
    async def open(cls, location: str) -> Self:
        """Open the file, made if need be, and bring its schema up to date."""
        if tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) < OLDEST:
            raise StorageError("the SQLite library is too old: install apsw 3.51.3 or newer")
        path = _file(location)
        try:
            connection = connect(path)
            _make_ready(connection)
            database = cls(path, connection)
            database._settle_in()
        except apsw.Error as error:
            raise StorageError(f"{path} cannot be opened as a SQLite database: {error}") from None
        return database

    async def one(self, statement: Statement, /, **values: Any) -> tuple[Any, ...] | None:
        rows = self._read(statement, values)
        return rows[0] if rows else None

    async def rows(self, statement: Statement, /, **values: Any) -> list[tuple[Any, ...]]:
        return self._read(statement, values)

    async def commit(self, plan: Plan) -> int | None:
        future: asyncio.Future[int | None] = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._turn)
        self._waiting.append((plan, future))
        return await future

    async def backup(self, path: str) -> None:
        await asyncio.to_thread(_copy, self._path, Path(path))

    async def close(self) -> None:
        under_way = [future for _, future in (*self._in_thread, *self._waiting)]
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._thread is not None:
            self._thread.stop()
        self._checkpointer.stop()
        self._connection.close()

    def _read(self, statement: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        try:
            # All rows at once: a statement left open would hold on to an old state of the database.
            return self._execute(self._writer.text(statement), statement.bind(values)).fetchall()
        except _UNAVAILABLE as error:
            raise _unavailable(error) from error

    def _turn(self) -> None:
        """Commit what has gathered, in these turns of the loop or while the thread was busy."""
        if self._in_thread or not self._waiting:
            return
        if self._gathers():
            self._loop.call_soon(self._turn)
            return
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        if self._thread is None and self._commit_here(batch):
            self._turn_again()
            return
        try:
            self._thread = self._thread or self._move_to_thread()
        except (apsw.Error, RuntimeError, MemoryError) as error:  # no descriptor or no thread is left
            _settle(batch, [_unavailable(error) for _ in batch])
            self._turn_again()
            return
        self._commit_there(self._thread, batch)

    def _turn_again(self) -> None:
        if self._waiting:
            self._loop.call_soon(self._turn)

    def _gathers(self) -> bool:
        """Say whether one more turn is worth waiting for."""
        writer = self._thread.writer if self._thread else self._writer
        now = time.perf_counter()
        if not self._gathered:
            self._since = now
        more = len(self._waiting) > self._gathered and now - self._since < writer.commit_seconds
        self._gathered = len(self._waiting) if more else 0
        return more

    def _commit_here(self, batch: list[Waiting]) -> bool:
        """Commit in the loop's thread; say no where that would make the loop wait."""
        if self._writer.commit_seconds > SLOW_COMMIT_SECONDS:
            return False
        try:
            outcomes = self._writer.run([plan for plan, _ in batch])
        except apsw.BusyError:
            return False
        except apsw.Error as error:
            outcomes = [error] * len(batch)
        _settle(batch, outcomes)
        return True

    def _commit_there(self, thread: WriterThread, batch: list[Waiting]) -> None:
        self._in_thread = batch
        plans = [plan for plan, _ in batch]
        try:
            prepared = thread.writer.prepare(plans)
        except apsw.Error as error:  # not even a rollback succeeded; the next batch tries it again
            self._settle_thread([error] * len(plans))
            return
        thread.send(plans, prepared, self._settle_thread)

    def _settle_thread(self, outcomes: list[Outcome]) -> None:
        batch, self._in_thread = self._in_thread, []
        _settle(batch, outcomes)
        self._turn()

    def _move_to_thread(self) -> WriterThread:
        """Start the thread; where that fails, everything is as before, and the next batch tries again."""
        connection = connect(self._path)
        try:
            connection.set_wal_hook(self._checkpointer.after_commit)
            writer = SqliteWriter(connection, self._checkpointer, patience=BUSY_MILLISECONDS)
            thread = WriterThread(writer, self._loop)
        except BaseException:
            connection.close()
            raise
        self._connection.set_wal_hook(None)
        self._connection.set_busy_timeout(BUSY_MILLISECONDS)
        return thread

    def _settle_in(self) -> None:
        self._writer.probe()
        self._connection.set_wal_hook(self._checkpointer.after_commit)
        self._connection.set_busy_timeout(0)  # not to wait for others in the loop's thread


def _settle(batch: list[Waiting], outcomes: list[Outcome]) -> None:
    for (_, future), outcome in zip(batch, outcomes, strict=True):
        if future.done():  # who asked has gone away
            continue
        if isinstance(outcome, _UNAVAILABLE):
            future.set_exception(_unavailable(outcome))
        elif isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _unavailable(error: Exception) -> TemporarilyUnavailable:
    return TemporarilyUnavailable("the service cannot answer just now", detail=f"SQLite: {error}")


def _file(location: str) -> Path:
    """Return the database's file, made readable by its owner alone."""
    path = Path(location)
    if not location or not path.parent.is_dir():
        raise StorageError(f"the folder {path.parent} does not exist: create it, or correct the database URL")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}") from None
    return path


def _make_ready(connection: apsw.Connection) -> None:
    """Apply pending schema files; other starters wait."""
    _write_ahead(connection)
    wanted = migrate.migrations("sqlite")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(migrate.LEDGER)
        applied: dict[int, str] = dict(_rows(connection, migrate.APPLIED.text))
        for migration in migrate.pending(wanted, applied):
            connection.execute(migration.text)
            values = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
            connection.execute(migrate.RECORD.text, values)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _rows(connection: apsw.Connection, text: str) -> list[Any]:
    return connection.execute(text).fetchall()


def _write_ahead(connection: apsw.Connection) -> None:
    """Switch to the write-ahead log. SQLite does not wait here for another process that does the same."""
    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
        except apsw.BusyError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05)
        else:
            return


def _copy(source: Path, target: Path) -> None:
    origin = connect(source)
    try:
        copy_out(origin, target)
    finally:
        origin.close()
