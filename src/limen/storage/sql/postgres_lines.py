"""A short list of PostgreSQL connections, each with its prepared statements."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from asyncpg.prepared_stmt import PreparedStatement  # type: ignore[import-untyped]

from limen.errors import TemporarilyUnavailable
from limen.storage.sql.statement import Statement

Rows = list[Any]

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 15.0

# The connection was found lost before anything was sent on it.
UNSENT: tuple[type[Exception], ...] = (asyncpg.InterfaceError, asyncpg.InternalClientError)
# The database did not answer, as against answering no.
LOST: tuple[type[Exception], ...] = (
    *UNSENT,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,  # the primary has become a replica
    OSError,
    TimeoutError,
)


class Line:
    """One connection. A statement is prepared when it is first used."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._prepared: dict[tuple[Statement, str], PreparedStatement] = {}

    async def rows(self, statement: Statement, arguments: Sequence[Any]) -> Rows:
        """Run a statement that reads."""
        prepared = await self._prepare(statement, "read")
        rows: Rows = await prepared.fetch(*arguments)
        return rows

    async def read_many(self, statement: Statement, asked: Sequence[Sequence[Any]]) -> Rows:
        """Run a statement once for each of `asked`, in one round trip; rows open with the asker's number."""
        prepared = await self._prepare(statement, "numbered read")
        rows: Rows = await prepared.fetchmany([(*one, number) for number, one in enumerate(asked)])
        return rows

    async def touch_many(self, statement: Statement, asked: Sequence[Sequence[Any]]) -> Rows:
        """Run a statement that writes, likewise; a row with the asker's number for each row it touched."""
        if statement.reads:
            return await self.read_many(statement, asked)
        prepared = await self._prepare(statement, "numbered write")
        rows: Rows = await prepared.fetchmany([(*one, number) for number, one in enumerate(asked)])
        return rows

    async def say(self, command: str) -> None:
        """Run a command without parameters: BEGIN, COMMIT, ROLLBACK."""
        await self.connection.execute(command)

    async def _prepare(self, statement: Statement, form: str) -> PreparedStatement:
        prepared = self._prepared.get((statement, form))
        if prepared is None:
            prepared = await self.connection.prepare(_FORMS[form](statement))
            self._prepared[statement, form] = prepared
        return prepared


def _read(statement: Statement) -> str:
    return statement.numbered("postgres", "$")


def _numbered_read(statement: Statement) -> str:
    text = statement.numbered("postgres", "$").removeprefix("SELECT ")
    return f"SELECT CAST(${len(statement.names) + 1} AS BIGINT), {text}"


def _numbered_write(statement: Statement) -> str:
    return f"{_read(statement)} RETURNING CAST(${len(statement.names) + 1} AS BIGINT)"


_FORMS = {"read": _read, "numbered read": _numbered_read, "numbered write": _numbered_write}


class Lines:
    """At most `size` connections, opened when they are needed and closed when they are lost."""

    def __init__(self, url: str, size: int) -> None:
        self._url = url
        self._free: list[Line] = []
        self._places = asyncio.Semaphore(size)

    async def open(self) -> Line:
        """Return a new connection; the driver's own error says why there is none."""
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings={"application_name": "limen", "synchronous_commit": "on"},
        )
        return Line(connection)

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        """Lend a connection that works as far as is known."""
        async with self._places:
            line = self._take() or await self._open_again()
            try:
                yield line
            except BaseException:
                # Whatever state it is in, nobody shall inherit it.
                line.connection.terminate()
                raise
            self.keep(line)

    def keep(self, line: Line) -> None:
        """Have a connection lent from now on."""
        self._free.append(line)

    def discard(self) -> None:
        """Forget every idle connection: the server may have been restarted."""
        while self._free:
            self._free.pop().connection.terminate()

    async def close(self) -> None:
        while self._free:
            await self._free.pop().connection.close()

    async def _open_again(self) -> Line:
        try:
            return await self.open()
        except (*LOST, asyncpg.PostgresError) as error:
            raise unavailable(error) from error

    def _take(self) -> Line | None:
        while self._free:
            line = self._free.pop()
            if not line.connection.is_closed():
                return line
        return None


def unavailable(error: BaseException) -> TemporarilyUnavailable:
    return TemporarilyUnavailable("the service cannot answer just now", detail=f"PostgreSQL: {error!r}")
