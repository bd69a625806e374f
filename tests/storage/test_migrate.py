"""Schema files: numbered, forward only, unchanged, and never ahead of the program."""

import asyncio
import re

import apsw
import asyncpg
import pytest

from limen.storage import open_storage
from limen.storage.errors import StorageError
from limen.storage.sql.migrate import _packaged, migrations, pending
from limen.storage.sql.statement import Statement
from limen.testing.clock import FixedClock

FILES = {"0001_first.sql": "CREATE TABLE a (b TEXT)", "0002_second.sql": "CREATE TABLE c (d TEXT)"}


def applied(wanted):
    return {migration.number: migration.checksum for migration in wanted}


def test_an_empty_database_needs_every_file_in_order():
    wanted = migrations("sqlite", FILES)

    assert [migration.number for migration in pending(wanted, {})] == [1, 2]


def test_a_database_that_is_up_to_date_needs_none():
    wanted = migrations("sqlite", FILES)

    assert pending(wanted, applied(wanted)) == ()


def test_only_what_is_new_is_applied():
    wanted = migrations("sqlite", FILES)

    assert pending(wanted, applied(wanted[:1])) == wanted[1:]


def test_a_newer_schema_is_refused():
    wanted = migrations("sqlite", FILES)

    with pytest.raises(StorageError, match="the database has schema 0002, this version knows 0001"):
        pending(wanted[:1], applied(wanted))


def test_a_changed_file_is_refused():
    wanted = migrations("sqlite", FILES)

    with pytest.raises(StorageError, match="0001_first differs"):
        pending(wanted, {1: "another checksum"})


def test_a_gap_in_the_database_is_refused():
    wanted = migrations("sqlite", FILES)

    with pytest.raises(StorageError, match="lacks a schema file"):
        pending(wanted, {2: wanted[1].checksum})


@pytest.mark.parametrize(
    "names", [("0002_b.sql",), ("0001_a.sql", "0003_c.sql"), ("first.sql",), ("0001_A.sql",), ("1_a.sql",)]
)
def test_files_that_are_not_numbered_through_are_refused(names):
    with pytest.raises(StorageError):
        migrations("sqlite", dict.fromkeys(names, ""))


def test_two_files_of_one_number_are_refused():
    with pytest.raises(StorageError, match="0001"):
        migrations("sqlite", {"0001_a.sql": "", "0001_b.sql": ""})


def test_a_file_for_one_dialect_takes_the_place_of_the_common_one():
    files = {"0001_a.sql": "common", "0001_a.postgres.sql": "special"}

    assert [migration.text for migration in migrations("sqlite", files)] == ["common"]
    assert [migration.text for migration in migrations("postgres", files)] == ["special"]


def test_a_comment_may_speak_to_one_dialect_alone():
    statement = Statement("SELECT a FROM b WHERE c = :c AND d = :d AND e = :c /*postgres FOR SHARE*/")

    assert statement.numbered("sqlite", "?") == (
        "SELECT a FROM b WHERE c = ?1 AND d = ?2 AND e = ?1 /*postgres FOR SHARE*/"
    )
    assert statement.numbered("postgres", "$").endswith("c = $1 AND d = $2 AND e = $1 FOR SHARE")
    assert statement.bind({"c": 1, "d": 2}) == (1, 2)


def _tables(text):
    return set(re.findall(r"CREATE TABLE (\w+)", text))


async def test_many_starters_at_once_migrate_sqlite_once(tmp_path):
    url = f"sqlite://{tmp_path}/limen.db"

    stores = await asyncio.gather(*(open_storage(url, clock=FixedClock()) for _ in range(3)))

    connection = apsw.Connection(str(tmp_path / "limen.db"))
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    connection.close()
    assert found == _tables("\n".join(_packaged().values())) | {"schema_files"}
    for store in stores:
        await store.close()


async def test_many_starters_at_once_migrate_postgres_once(postgres_url):
    stores = await asyncio.gather(*(open_storage(postgres_url, clock=FixedClock()) for _ in range(3)))

    connection = await asyncpg.connect(postgres_url)
    found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert {row[0] for row in found} == _tables("\n".join(_packaged().values())) | {"schema_files"}
    for store in stores:
        await store.close()


async def test_a_failing_file_leaves_the_database_as_it_was(tmp_path, monkeypatch):
    broken = {
        "0001_a.sql": "CREATE TABLE a (b TEXT)",
        "0002_b.sql": "CREATE TABLE c (d TEXT); CREATE TABLE (",
    }
    monkeypatch.setattr("limen.storage.sql.migrate._packaged", lambda: broken)

    with pytest.raises(StorageError):
        await open_storage(f"sqlite://{tmp_path}/limen.db", clock=FixedClock())

    connection = apsw.Connection(str(tmp_path / "limen.db"))
    assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == []
    connection.close()
