"""What a dialect does for the rest of the SQL store: read a row, read rows, commit a plan."""

from collections.abc import Sequence
from typing import Any, Protocol

from limen.storage.sql.plan import Plan
from limen.storage.sql.statement import Statement

Row = Sequence[Any]


class Database(Protocol):
    """One database, whatever its dialect. Reads see every acknowledged commit."""

    async def one(self, statement: Statement, /, **values: Any) -> Row | None:
        """Return the one row a key finds."""
        ...

    async def rows(self, statement: Statement, /, **values: Any) -> Sequence[Row]: ...

    async def commit(self, plan: Plan) -> int | None:
        """Make the plan durable whole, or nothing of it and return the index of the change that failed."""
        ...

    async def backup(self, path: str) -> None:
        """Write a consistent copy of everything to a new file."""
        ...

    async def close(self) -> None: ...
