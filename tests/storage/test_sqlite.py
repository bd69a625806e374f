"""The SQLite dialect: group commit, the writer's thread, the checkpointer, and files that are not ours."""

import asyncio
import stat

import apsw
import pytest
from msgspec import structs

from limen.errors import TemporarilyUnavailable
from limen.ports.storage import Mark, Put, Swap
from limen.storage import open_storage
from limen.storage.errors import StorageError
from limen.storage.sql import sqlite, sqlite_checkpoint
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T


def mark(number):
    return Mark(tenant_id=T, purpose="code", digest=f"{number}", expires_at=FAR)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "limen.db"


async def open_at(path):
    return await open_storage(f"sqlite://{path}", clock=FixedClock())


@pytest.fixture(params=["in the loop", "in a thread"])
def place(request, monkeypatch):
    """Where commits are made: a disk is called slow or quick, whatever it is."""
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 1e9 if request.param == "in the loop" else 0)


def transactions(path):
    """How many transactions the write-ahead log holds: its frames that end one."""
    log = path.with_name(path.name + "-wal").read_bytes()
    frame = 24 + 4096
    return sum(
        int.from_bytes(log[start + 4 : start + 8], "big") > 0
        for start in range(32, len(log) - frame + 1, frame)
    )


@pytest.mark.usefixtures("place")
async def test_what_becomes_ready_in_one_turn_shares_a_transaction(path):
    storage = await open_at(path)
    await storage.commit(mark("first"))
    before = transactions(path)

    answers = await asyncio.gather(*(storage.commit(mark(number % 90)) for number in range(100)))

    assert answers.count(None) == 90
    assert transactions(path) == before + 1
    await storage.close()


@pytest.mark.parametrize(("cost", "is_shared"), [(60.0, True), (0.0, False)])
async def test_a_commit_waits_for_those_in_the_next_turns_no_longer_than_it_takes(
    path, monkeypatch, cost, is_shared
):
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 1e9)
    storage = await open_at(path)
    await storage.commit(mark("first"))
    before = transactions(path)
    storage._database._writer.commit_seconds = cost

    async def in_turn(number):
        for _ in range(number):
            await asyncio.sleep(0)
        return await storage.commit(mark(number))

    assert set(await asyncio.gather(*map(in_turn, range(5)))) == {None}

    assert (transactions(path) == before + 1) is is_shared
    await storage.close()


def frames(path):
    """How many pages were written to the write-ahead log."""
    return (path.with_name(path.name + "-wal").stat().st_size - 32) // (24 + 4096)


async def test_what_does_not_change_is_not_written_again(path):
    storage = await open_at(path)
    grant, session = sample.grant(expires_at=FAR), sample.session(expires_at=FAR)
    await storage.commit(Put(grant), Put(session))
    before = frames(path)

    await storage.commit(Put(structs.replace(grant, expires_at=FAR - 1)))
    assert frames(path) == before + 2  # the row, and the index by which it is swept

    await storage.commit(Swap(session, structs.replace(session, last_seen=5)))
    assert frames(path) == before + 3
    await storage.close()


@pytest.mark.parametrize(("length", "is_remembered"), [(10, True), (5_000, False)])
async def test_what_a_grant_says_is_remembered_unless_it_is_long(path, length, is_remembered):
    storage = await open_at(path)
    await storage.commit(Put(sample.grant(nonce="n" * length)))

    first, again = [await storage.standing(sample.T, "grant-1") for _ in range(2)]

    assert first.grant == again.grant == sample.grant(nonce="n" * length)
    assert (first.grant is again.grant) is is_remembered
    await storage.close()


@pytest.mark.usefixtures("place")
async def test_a_condition_that_fails_late_takes_back_its_own_set_only(path):
    storage = await open_at(path)
    await storage.commit(mark("used"))
    before = transactions(path)

    sets = [(mark(1),), (mark(2), mark("used")), (mark(3), mark(4)), (mark("used"), mark(5))]
    answers = await asyncio.gather(*(storage.commit(*one) for one in sets))

    assert answers == [None, mark("used"), None, mark("used")]
    assert transactions(path) == before + 1
    assert await storage.commit(mark(2), mark("used")) == mark("used")
    assert await storage.commit(mark(2)) is None
    assert await storage.commit(mark(4)) == mark(4)
    await storage.close()


@pytest.mark.usefixtures("place")
async def test_a_set_that_cannot_be_stored_leaves_its_neighbours_alone(path):
    storage = await open_at(path)
    broken = sample.grant(sub=None)  # the column takes no NULL

    sets = [(mark(1),), (mark(2), Put(broken)), (mark(3),)]
    answers = await asyncio.gather(*(storage.commit(*one) for one in sets), return_exceptions=True)

    assert (answers[0], answers[2]) == (None, None)
    assert isinstance(answers[1], apsw.ConstraintError)
    assert await storage.commit(mark(2)) is None
    await storage.close()


@pytest.mark.usefixtures("place")
async def test_closing_waits_for_what_was_asked(path):
    storage = await open_at(path)
    asked = [asyncio.ensure_future(storage.commit(mark(number))) for number in range(10)]
    await asyncio.sleep(0)

    await storage.close()

    assert [await one for one in asked] == [None] * 10


@pytest.mark.usefixtures("place")
async def test_everything_is_there_after_a_restart(path):
    storage = await open_at(path)
    await storage.commit(Put(sample.client()), mark(1))
    await storage.close()

    storage = await open_at(path)

    assert await storage.client(T, "app") == sample.client()
    assert await storage.commit(mark(1)) == mark(1)
    await storage.close()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("changes", [(mark(1),), (mark(1), mark(2))], ids=["one", "two"])
async def test_who_finds_another_writing_waits_in_a_thread(path, changes):
    storage = await open_at(path)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")

    waiting = asyncio.ensure_future(storage.commit(*changes))
    await asyncio.sleep(0.05)
    assert not waiting.done()  # and the loop still turns
    other.execute("ROLLBACK")

    assert await waiting is None
    assert await storage.commit(mark(1)) == mark(1)
    other.close()
    await storage.close()


async def test_a_connection_that_breaks_answers_everybody(path, monkeypatch):
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 0)
    storage = await open_at(path)
    before = {id(each) for each in apsw.connections()}
    assert await storage.commit(mark(1), mark(2)) is None
    (writing,) = (each for each in apsw.connections() if id(each) not in before)
    writing.close()

    for _ in range(2):
        with pytest.raises(apsw.ConnectionClosedError):
            await asyncio.wait_for(storage.commit(mark(3), mark(4)), 5)
    await storage.close()


async def test_who_waits_too_long_is_told_to_come_again(path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 50)
    storage = await open_at(path)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(TemporarilyUnavailable):
        await storage.commit(mark(1))
    with pytest.raises(TemporarilyUnavailable):
        await storage.check()
    other.execute("ROLLBACK")

    assert await storage.commit(mark(1)) is None
    other.close()
    await storage.close()


@pytest.mark.usefixtures("place")
async def test_the_log_does_not_grow_for_ever(path, monkeypatch):
    monkeypatch.setattr(sqlite_checkpoint, "PAGES", 20)
    monkeypatch.setattr(sqlite_checkpoint, "PAGES_TOO_MANY", 60)
    storage = await open_at(path)

    for number in range(600):
        await storage.commit(mark(number))

    pages = path.with_name(path.name + "-wal").stat().st_size / 4096
    assert pages < 600  # of some 1,800 written
    await storage.close()
    assert not path.with_name(path.name + "-wal").exists()


async def test_the_file_is_for_its_owner_alone(path):
    storage = await open_at(path)
    await storage.commit(mark(1))

    for file in path.parent.glob("limen.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await storage.close()


async def test_a_commit_is_on_the_disk_when_it_is_acknowledged(path):
    connection = sqlite.connect(path)

    assert connection.execute("PRAGMA synchronous").fetchall() == [(2,)]
    connection.close()


async def test_a_file_that_is_no_database_is_refused(path):
    path.write_text("a shopping list, long enough to be looked at" * 100)

    with pytest.raises(StorageError, match="cannot be opened as a SQLite database"):
        await open_at(path)
    assert path.read_text().startswith("a shopping list")


async def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(StorageError, match=r"missing does not exist: create it"):
        await open_at(tmp_path / "missing" / "limen.db")


async def test_a_swap_looks_at_the_record_not_at_its_words(path):
    """Another version may have stored the same record with fewer members, or in another order."""
    storage = await open_at(path)
    old = sample.device_code()
    new = sample.device_code(status="approved")
    await storage.commit(Put(old))
    other = apsw.Connection(str(path))
    other.execute("UPDATE artifacts SET record = json_remove(record, '$.source', '$.polled_at')")
    other.close()

    assert await storage.commit(mark(1), Swap(sample.device_code(polled_at=9), new)) is not None
    assert await storage.commit(mark(1), Swap(old, new)) is None
    assert await storage.device_code(T, old.user_code_digest) == new
    await storage.close()


async def test_a_lock_that_somebody_takes_while_a_batch_begins_again_is_waited_for(path, monkeypatch):
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 1e9)
    storage = await open_at(path)
    await storage.commit(mark("used"))
    (ours,) = (each for each in apsw.connections() if each.filename == str(path))
    other, loop = apsw.Connection(str(path)), asyncio.get_running_loop()

    def be_faster():
        ours.set_rollback_hook(None)
        other.execute("BEGIN IMMEDIATE")
        loop.call_later(0.2, other.execute, "ROLLBACK")

    ours.set_rollback_hook(be_faster)
    sets = [(mark(1), mark(2)), (mark(3), mark("used")), (mark(4), mark(5))]
    answers = await asyncio.gather(*(storage.commit(*one) for one in sets))

    assert answers == [None, mark("used"), None]
    assert await storage.commit(mark(3)) is None
    other.close()
    await storage.close()
