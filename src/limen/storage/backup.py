"""Proving and taking in a backup; `Store.backup` writes one. No backup holds a master key."""

from asyncio import to_thread
from pathlib import Path

from limen.storage.errors import StorageError
from limen.storage.sql import postgres_copy, sqlite_copy
from limen.storage.sql.manifest import Manifest, prove


async def verify(path: str) -> Manifest:
    """Return what a backup is; StorageError when it is damaged, changed or cut short."""
    manifest = await to_thread(prove, Path(path))
    if manifest.dialect == "sqlite":
        await to_thread(sqlite_copy.look_through, Path(path))
    else:
        await postgres_copy.look_through(Path(path))
    return manifest


async def restore(path: str, url: str) -> None:
    """Put a proven backup into the empty place at `url`; StorageError when either is not as it must be."""
    manifest = await verify(path)
    if manifest.dialect == "sqlite" and url.startswith("sqlite://"):
        await to_thread(sqlite_copy.copy_in, Path(path), Path(url.removeprefix("sqlite://")))
    elif manifest.dialect == "postgres" and url.startswith("postgresql://"):
        await postgres_copy.copy_in(Path(path), url)
    else:
        raise StorageError(f"{path} is a backup of a {manifest.dialect} database: restore it into one")
