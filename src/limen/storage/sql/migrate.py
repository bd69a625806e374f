"""Which schema files a database still needs: numbered, forward only, never changed once applied.

The rules are pure; each dialect holds its own lock and runs the texts (`sqlite.py`, `postgres.py`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from limen.storage.errors import StorageError
from limen.storage.sql.statement import Statement, spoken

LEDGER = (
    "CREATE TABLE IF NOT EXISTS schema_files"
    " (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)"
)
APPLIED = Statement("SELECT number, checksum FROM schema_files ORDER BY number")
RECORD = Statement("INSERT INTO schema_files (number, name, checksum) VALUES (:number, :name, :checksum)")

_FILE = re.compile(r"(\d{4})_([a-z0-9_]+)(?:\.(sqlite|postgres))?\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One schema file, its text as the dialect wants it."""

    number: int
    name: str
    checksum: str
    text: str


def migrations(dialect: str, files: Mapping[str, str] | None = None) -> tuple[Migration, ...]:
    """Return the schema's files in order; a file with the dialect's name replaces the common one."""
    chosen: dict[int, tuple[str, str]] = {}
    for name, text in sorted((_packaged() if files is None else files).items()):
        found = _FILE.fullmatch(name)
        if found is None:
            raise StorageError(f"schema file {name} is not named NNNN_words.sql")
        number = int(found[1])
        if found[3] not in (None, dialect):
            continue
        if number in chosen and chosen[number][0] != found[2]:
            raise StorageError(f"two schema files have the number {number:04}")
        if found[3] or number not in chosen:
            chosen[number] = (found[2], text)
    if sorted(chosen) != list(range(1, len(chosen) + 1)):
        raise StorageError("the schema files are not numbered 0001, 0002 ... without a gap")
    return tuple(
        Migration(number, name, hashlib.sha256(text.encode()).hexdigest(), spoken(dialect, text))
        for number, (name, text) in sorted(chosen.items())
    )


def pending(wanted: tuple[Migration, ...], applied: Mapping[int, str]) -> tuple[Migration, ...]:
    """Return what is still to be applied, or refuse a database this version must not touch."""
    if applied and max(applied) > len(wanted):
        raise StorageError(
            f"the database has schema {max(applied):04}, this version knows {len(wanted):04}:"
            " start a version at least as new as the one that migrated it"
        )
    if sorted(applied) != list(range(1, len(applied) + 1)):
        raise StorageError("the database lacks a schema file between others: restore it from a backup")
    for migration in wanted[: len(applied)]:
        if applied[migration.number] != migration.checksum:
            raise StorageError(
                f"schema file {migration.number:04}_{migration.name} differs from the one the database"
                " was made with: install an unchanged release"
            )
    return wanted[len(applied) :]


@cache
def _packaged() -> Mapping[str, str]:
    folder = resources.files("limen.storage.sql") / "schema"
    return {
        file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".sql")
    }
