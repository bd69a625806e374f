"""The PostgreSQL dialect: what one turn of the event loop asks travels together.

Reads by key that became ready in a turn share a round trip, change sets a transaction. Everything goes to the
primary, and a commit is acknowledged when it is on the disk (synchronous_commit).
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

import asyncpg  # type: ignore[import-untyped]

from limen.storage.errors import StorageError
from limen.storage.sql import migrate
from limen.storage.sql.plan import Outcome, Plan
from limen.storage.sql.postgres_copy import copy_out
from limen.storage.sql.postgres_lines import LOST, UNSENT, Line, Lines, unavailable
from limen.storage.sql.postgres_writer import commit_alone, commit_together
from limen.storage.sql.reach import Reach, reach
from limen.storage.sql.statement import Statement

READERS, WRITERS, LISTERS = 2, 2, 2
BATCH = 200
ATTEMPTS = 2
MIGRATION_LOCK = 0x6C696D656E  # "limen"

Asked = tuple[Statement, tuple[Any, ...], "asyncio.Future[Any]"]
Waiting = tuple[Plan, "asyncio.Future[int | None]"]


class PostgresDatabase:
    """One database. Several processes share it."""

    def __init__(self, url: str, lines: Lines) -> None:
        self._url, self._lines = url, lines
        self._loop = asyncio.get_running_loop()
        self._asked: list[Asked] = []
        self._waiting: list[Waiting] = []
        self._reading = self._writing = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, and bring the schema up to date."""
        lines = Lines(url, READERS + WRITERS + LISTERS)
        try:
            line = await lines.open()
            try:
                await _migrate(line)
            except BaseException:
                line.connection.terminate()
                raise
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise StorageError(f"PostgreSQL refused the database URL: {error}") from None
        except asyncpg.InsufficientPrivilegeError as error:
            raise StorageError(f"the database's user may not create its tables: {error}") from None
        except (asyncpg.ClientConfigurationError, ValueError) as error:
            raise StorageError(f"the database URL cannot be read: {error}") from None
        except LOST as error:
            raise unavailable(error) from error
        lines.keep(line)
        return cls(url, lines)

    async def one(self, statement: Statement, /, **values: Any) -> Any:
        future: asyncio.Future[Any] = self._loop.create_future()
        if not self._asked:
            self._loop.call_soon(self._read_turn)
        self._asked.append((statement, statement.bind(values), future))
        return await future

    async def rows(self, statement: Statement, /, **values: Any) -> list[Any]:
        return await self._read(statement, [statement.bind(values)])

    async def commit(self, plan: Plan) -> int | None:
        future: asyncio.Future[int | None] = self._loop.create_future()
        if not self._waiting:
            self._loop.call_soon(self._write_turn)
        self._waiting.append((plan, future))
        return await future

    async def backup(self, path: str) -> None:
        await copy_out(self._url, Path(path))

    async def close(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._lines.close()

    # --- reads ---

    def _read_turn(self) -> None:
        if self._asked and self._reading < READERS:
            batch, self._asked = self._asked[:BATCH], self._asked[BATCH:]
            self._reading += 1
            self._start(self._answer(batch))

    async def _answer(self, batch: list[Asked]) -> None:
        groups: dict[Statement, list[Asked]] = {}
        for asked in batch:
            groups.setdefault(asked[0], []).append(asked)
        for statement, group in groups.items():
            try:
                await self._answer_group(statement, group)
            except Exception as error:  # noqa: BLE001 -- told to everybody who asked
                _refuse([future for _, _, future in group], error)
        self._reading -= 1
        self._read_turn()

    async def _answer_group(self, statement: Statement, group: list[Asked]) -> None:
        rows = await self._read(statement, [arguments for _, arguments, _ in group])
        numbered = enumerate(rows) if len(group) == 1 else ((row[0], row[1:]) for row in rows)
        found = dict(numbered)
        for number, (_, _, future) in enumerate(group):
            if not future.done():
                future.set_result(found.get(number))

    async def _read(self, statement: Statement, asked: list[tuple[Any, ...]]) -> list[Any]:
        """Read; once more on a new connection when the old one turns out to be lost."""
        try:
            return await self._read_once(statement, asked)
        except LOST:
            self._lines.discard()
        try:
            return await self._read_once(statement, asked)
        except LOST as error:
            raise unavailable(error) from error

    async def _read_once(self, statement: Statement, asked: list[tuple[Any, ...]]) -> list[Any]:
        async with self._lines.line() as line:
            if len(asked) == 1:
                return await line.rows(statement, asked[0])
            return await line.read_many(statement, asked)

    # --- commits ---

    def _write_turn(self) -> None:
        if self._waiting and self._writing < WRITERS:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            self._writing += 1
            self._start(self._make(batch))

    async def _make(self, batch: list[Waiting]) -> None:
        # In one order for all processes, so that they seldom wait for each other in a circle.
        batch.sort(key=lambda waiting: str(waiting[0].steps[0].arguments) if waiting[0].steps else "")
        futures = [future for _, future in batch]
        try:
            outcomes = await self._commit([plan for plan, _ in batch])
        except Exception as error:  # noqa: BLE001 -- told to everybody who waits
            _refuse(futures, error)
        else:
            _settle(futures, outcomes)
        self._writing -= 1
        self._write_turn()

    async def _commit(self, plans: list[Plan]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        lost: Outcome = None
        for attempt in range(ATTEMPTS):
            try:
                await self._commit_once(plans, outcomes)
                break
            except LOST as error:
                self._lines.discard()
                lost = unavailable(error)
                # Again only where it is certain that nothing was done: the others must ask anew.
                if outcomes or attempt or not isinstance(error, UNSENT):
                    break
        return [outcomes.get(place, lost) for place in range(len(plans))]

    async def _commit_once(self, plans: list[Plan], outcomes: dict[int, Outcome]) -> None:
        together, alone = _part(plans)
        async with self._lines.line() as line:
            if together:
                made = await commit_together(line, [plans[place] for place in together])
                if made is None:
                    alone = together + alone
                else:
                    outcomes.update(zip(together, made, strict=True))
            for place in alone:
                outcomes[place] = await commit_alone(line, plans[place])

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _part(plans: list[Plan]) -> tuple[list[int], list[int]]:
    """Part the plans that may share a transaction from those that may not."""
    together: list[int] = []
    alone: list[int] = []
    reached = Reach()
    for place, plan in enumerate(plans):
        touched = reach(plan.changes) if plan.changes else Reach(alone=True)
        if touched.meets(reached):
            alone.append(place)
        else:
            together.append(place)
            reached.take_in(touched)
    return together, alone


def _settle(futures: list["asyncio.Future[int | None]"], outcomes: list[Outcome]) -> None:
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():  # who asked has gone away
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


def _refuse(futures: list["asyncio.Future[Any]"], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)


async def _migrate(line: Line) -> None:
    """Apply pending schema files; other starters wait for the lock."""
    wanted = migrate.migrations("postgres")
    await line.say("BEGIN")
    await line.say(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    await line.say(migrate.LEDGER)
    applied = {row[0]: row[1] for row in await line.rows(migrate.APPLIED, ())}
    for migration in migrate.pending(wanted, applied):
        await line.say(migration.text)
        values = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
        await line.touch_many(migrate.RECORD, [migrate.RECORD.bind(values)])
    await line.say("COMMIT")
