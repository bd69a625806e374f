"""Copies of a PostgreSQL database, made and taken in by its own programs pg_dump and pg_restore."""

import asyncio
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]

from limen.storage.errors import StorageError
from limen.storage.sql.manifest import claim, write_manifest
from limen.storage.sql.statement import Statement

TABLES = Statement("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")


async def copy_out(url: str, target: Path) -> None:
    """Dump the database as of one moment, while others read and write it, with a manifest beside it."""
    claim(target)
    await _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={target}")
    write_manifest(target, "postgres")


async def look_through(copy: Path) -> None:
    """Refuse a file that pg_restore cannot read."""
    await _run("", "pg_restore", "--list", str(copy))


async def copy_in(backup: Path, url: str) -> None:
    """Take a proven backup into an empty database, whole or not at all."""
    connection = await asyncpg.connect(url)
    try:
        occupied = await connection.fetch(TABLES.text)
    finally:
        await connection.close()
    if occupied:
        raise StorageError("the database has tables: restore into an empty one")
    await _run(
        url, "pg_restore", "--no-owner", "--no-acl", "--single-transaction", "--exit-on-error", str(backup)
    )


async def _run(url: str, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise StorageError(f"{program} is not installed: install PostgreSQL's client programs")
    public, secret = _apart(url)
    process = await asyncio.create_subprocess_exec(
        found,
        *arguments,
        *([f"--dbname={public}"] if public else []),
        env={"PGPASSWORD": secret, "LC_ALL": "C.UTF-8"},  # a command line is for everybody to read
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    if process.returncode:
        raise StorageError(f"{program} failed: {complaint.decode(errors='replace').strip()}")


def _apart(url: str) -> tuple[str, str]:
    """Return the URL without its password, and the password."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, _, _ = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}{at}{host}")), unquote(parts.password or "")
