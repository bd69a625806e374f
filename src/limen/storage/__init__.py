"""Stores by their URL: `open_storage` makes the one the operator asked for."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.storage.errors import StorageError
from limen.storage.memory import MemoryStorage
from limen.storage.sql.connection import Database
from limen.storage.sql.sqlite import SqliteDatabase
from limen.storage.sql.storage import SqlStorage


class Store(Storage, Protocol):
    """The storage port with what the door needs besides."""

    def subscribe(self, callback: Callable[[str, str, str], None]) -> None:
        """Have `callback(topic, tenant_id, key)` called at each change of a tenant, client, key, denial."""
        ...

    async def backup(self, path: str) -> None:
        """Write a consistent copy of everything to a new file, without stopping anybody."""
        ...


async def open_storage(url: str, *, clock: Clock) -> Store:
    """Open the store at `url`, its schema brought up to date."""
    for prefix, open_backend in BACKENDS.items():
        if url.startswith(prefix):
            return await open_backend(url, clock)
    known = ", ".join(BACKENDS)
    raise StorageError(f"the database URL must begin with one of: {known}")


async def _memory(_url: str, _clock: Clock) -> Store:
    return MemoryStorage()


async def _sqlite(url: str, clock: Clock) -> Store:
    return await _started(await SqliteDatabase.open(url.removeprefix("sqlite://")), clock)


async def _postgres(url: str, clock: Clock) -> Store:
    # Imported here so that who needs no PostgreSQL does not pay for its driver.
    from limen.storage.sql.postgres import PostgresDatabase  # noqa: PLC0415

    return await _started(await PostgresDatabase.open(url), clock)


async def _started(database: Database, clock: Clock) -> Store:
    storage = SqlStorage(database, clock)
    await storage.start()
    return storage


BACKENDS: Mapping[str, Callable[[str, Clock], Awaitable[Store]]] = {
    "memory:": _memory,
    "sqlite://": _sqlite,
    "postgresql://": _postgres,
}
