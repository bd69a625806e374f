"""Copies of a SQLite file: made while it is in use, looked through, and put in place of none."""

import os
import shutil
from pathlib import Path

import apsw

from limen.storage.errors import StorageError
from limen.storage.sql.manifest import claim, write_manifest


def copy_out(source: apsw.Connection, target: Path) -> None:
    """Copy the database as of one moment, while others read and write it, into one file with its manifest."""
    claim(target)
    copy = apsw.Connection(str(target))
    with copy.backup("main", source, "main") as backup:
        backup.step()  # all pages at once: writers go on beside it, in the write-ahead log
    copy.execute("PRAGMA journal_mode=DELETE").fetchall()
    copy.close()
    look_through(target)
    write_manifest(target, "sqlite")


def look_through(copy: Path) -> None:
    """Refuse a file in which SQLite finds a fault."""
    connection = apsw.Connection(
        f"{copy.absolute().as_uri()}?immutable=1", apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    try:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    except apsw.Error as error:
        raise StorageError(f"{copy} is not a sound SQLite database: {error}") from None
    finally:
        connection.close()
    if found != [("ok",)]:
        raise StorageError(f"{copy} is not a sound SQLite database: {found[0][0]}")


def set_aside(target: Path) -> None:
    """Rename a database to NAME.before with all it holds; StorageError while anybody has it open."""
    if not target.exists():
        return
    connection = apsw.Connection(str(target))
    try:
        # Needs the file for itself alone, and brings into it what its log holds.
        if connection.execute("PRAGMA journal_mode=DELETE").fetchall() != [("delete",)]:
            raise StorageError(f"{target} is in use: stop the servers first")
    except apsw.BusyError:
        raise StorageError(f"{target} is in use: stop the servers first") from None
    except apsw.Error:
        pass  # it is damaged; that may be why another one takes its place
    finally:
        connection.close()
    for part in ("", "-wal", "-shm"):
        kept = target.with_name(f"{target.name}.before{part}")
        kept.unlink(missing_ok=True)
        if (there := target.with_name(target.name + part)).exists():
            there.replace(kept)


def copy_in(backup: Path, target: Path) -> None:
    """Put a proven backup where no database is yet, whole or not at all."""
    if target.exists() and target.stat().st_size:
        raise StorageError(f"{target} exists: move it away before a backup takes its place")
    if not target.parent.is_dir():
        raise StorageError(
            f"the folder {target.parent} does not exist: create it, or correct the database URL"
        )
    partial = target.with_name(target.name + ".partial")
    place = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with backup.open("rb") as origin, os.fdopen(place, "wb") as file:
        shutil.copyfileobj(origin, file)
        file.flush()
        os.fsync(file.fileno())
    for leftover in ("-wal", "-shm"):  # of an empty database: they must not be taken for the backup's
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)
