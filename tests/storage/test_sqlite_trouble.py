"""What SQLite's store does when the system has no thread, no descriptor or no room left for it."""

import asyncio
import threading

import apsw
import pytest

from limen.errors import TemporarilyUnavailable
from limen.ports.storage import Count, Mark
from limen.storage import open_storage
from limen.storage.sql import sqlite, sqlite_checkpoint
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T

PAGES = 20


def mark(number):
    return Mark(tenant_id=T, purpose="code", digest=f"{number}", expires_at=FAR)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "limen.db"


@pytest.fixture(params=["in the loop", "in a thread"])
def place(request, monkeypatch):
    """Where commits are made: a disk is called slow or quick, whatever it is."""
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 1e9 if request.param == "in the loop" else 0)


def keep_log_short(monkeypatch):
    """Have the log emptied often, from now on: nobody has asked for that thread yet."""
    monkeypatch.setattr(sqlite_checkpoint, "PAGES", PAGES)
    monkeypatch.setattr(sqlite_checkpoint, "PAGES_TOO_MANY", 3 * PAGES)


class Edge:
    """The trouble, and whether anybody has met it."""

    def __init__(self):
        self.is_in_trouble = False
        self.met = threading.Event()

    def meet(self, error):
        if self.is_in_trouble:
            self.met.set()
            raise error


@pytest.fixture
def threads(monkeypatch):
    """The system, which may have no thread to give."""
    edge, start = Edge(), threading.Thread.start

    def start_if_there_is_one(thread):
        edge.meet(RuntimeError("can't start new thread"))
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_if_there_is_one)
    return edge


@pytest.fixture
def descriptors(monkeypatch):
    """The system, which may have no descriptor to give."""
    edge, connect = Edge(), sqlite.connect

    def connect_if_there_is_one(path):
        edge.meet(apsw.CantOpenError("unable to open database file"))
        return connect(path)

    monkeypatch.setattr(sqlite, "connect", connect_if_there_is_one)
    return edge


@pytest.fixture
def room(monkeypatch):
    """The disk, which may have no room for the database file, though some for its log."""
    edge = Edge()

    class Connection(apsw.Connection):
        def wal_checkpoint(self, *arguments, **named):
            edge.meet(apsw.FullError("database or disk is full"))
            return super().wal_checkpoint(*arguments, **named)

    monkeypatch.setattr(apsw, "Connection", Connection)
    return edge


@pytest.fixture(params=["threads", "descriptors", "room"])
def trouble(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["threads", "descriptors"])
def moving_trouble(request):
    """What stands in the way of a thread that writes."""
    return request.getfixturevalue(request.param)


async def open_at(path):
    return await open_storage(f"sqlite://{path}", clock=FixedClock())


async def commit(storage, *changes):
    """Commit, or fail where no answer comes."""
    return await asyncio.wait_for(storage.commit(*changes), 5)


async def fill(storage, name, count=600):
    """Write some 1,800 pages, if nothing else is said."""
    for number in range(count):
        assert await commit(storage, mark(f"{name} {number}")) is None


def log_pages(path):
    return path.with_name(path.name + "-wal").stat().st_size // 4096


def open_connections(path):
    return sum(each.filename == str(path) for each in apsw.connections())


async def read_counts(storage):
    return [(await storage.throttle(T, f"bucket {number}")).failures for number in range(2 * PAGES)]


@pytest.mark.usefixtures("place")
async def test_the_log_is_emptied_once_the_trouble_is_over(path, monkeypatch, trouble):
    storage = await open_at(path)
    await commit(storage, mark("first"))
    keep_log_short(monkeypatch)

    trouble.is_in_trouble = True
    await fill(storage, "in trouble", 2 * PAGES)
    assert trouble.met.wait(5)
    trouble.is_in_trouble = False
    await fill(storage, "afterwards")

    assert log_pages(path) < 600  # of some 1,900 written
    await storage.close()
    assert not path.with_name(path.name + "-wal").exists()


@pytest.mark.usefixtures("place")
async def test_an_operator_reads_one_calm_line_about_it(path, monkeypatch, descriptors, caplog):
    storage = await open_at(path)
    await commit(storage, mark("first"))
    keep_log_short(monkeypatch)

    descriptors.is_in_trouble = True
    await fill(storage, "in trouble", 2 * PAGES)
    assert descriptors.met.wait(5)
    await storage.close()

    assert "could not be moved into the database: CantOpenError" in caplog.messages[0]
    assert caplog.records[0].exc_info is None


@pytest.mark.usefixtures("place")
async def test_a_commit_counts_though_the_log_behind_it_cannot_be_emptied(path, monkeypatch, room):
    storage = await open_at(path)
    await commit(storage, mark("first"))
    keep_log_short(monkeypatch)
    storage._database._checkpointer.overgrown = True

    room.is_in_trouble = True
    for number in range(3):  # each tries it again
        room.met.clear()
        assert await commit(storage, mark(number), mark(f"{number} too")) is None
        assert room.met.is_set()
        assert await commit(storage, mark(number)) == mark(number)
    room.is_in_trouble = False
    await fill(storage, "afterwards")

    assert log_pages(path) < 600
    await storage.close()


@pytest.mark.usefixtures("place")
async def test_a_commit_is_made_once_though_no_thread_is_left_for_the_log(path, monkeypatch, threads):
    storage = await open_at(path)
    await commit(storage, mark("first"))
    keep_log_short(monkeypatch)

    threads.is_in_trouble = True
    for number in range(2 * PAGES):
        count = Count(tenant_id=T, bucket=f"bucket {number}", now=1, window=FAR)
        both = commit(storage, count, mark(number)), commit(storage, mark(f"{number} too"))
        assert await asyncio.gather(*both) == [None, None]

    assert threads.met.is_set()
    assert await read_counts(storage) == [1] * 2 * PAGES
    threads.is_in_trouble = False
    await storage.close()


async def test_the_thread_that_writes_outlives_whatever_happens(path, monkeypatch):
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 0)
    storage = await open_at(path)
    before = {id(each) for each in apsw.connections()}
    await commit(storage, mark("first"))
    (writing,) = (each for each in apsw.connections() if id(each) not in before)

    def break_down(*_):
        writing.set_wal_hook(None)
        raise LookupError

    writing.set_wal_hook(break_down)
    with pytest.raises(LookupError):
        await commit(storage, mark(1), mark(2))

    assert await commit(storage, mark(3), mark(4)) is None
    await storage.close()


async def test_who_needs_a_thread_that_cannot_be_had_is_told_to_come_again(path, monkeypatch, moving_trouble):
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 0)
    monkeypatch.setattr(sqlite, "BATCH", 1)
    storage = await open_at(path)
    before = open_connections(path)

    moving_trouble.is_in_trouble = True
    asked = (commit(storage, mark(number)) for number in range(3))
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers] == [TemporarilyUnavailable] * 3
    assert open_connections(path) == before
    moving_trouble.is_in_trouble = False
    assert await commit(storage, mark(0)) is None
    await storage.close()


async def test_a_move_that_failed_leaves_everything_as_it_was(path, monkeypatch, moving_trouble):
    monkeypatch.setattr(sqlite, "SLOW_COMMIT_SECONDS", 1e9)
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 20_000)
    storage = await open_at(path)
    keep_log_short(monkeypatch)
    other = apsw.Connection(str(path))
    other.execute("BEGIN IMMEDIATE")

    moving_trouble.is_in_trouble = True
    loop, started = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    for _ in range(2):
        with pytest.raises(TemporarilyUnavailable):
            await commit(storage, mark("in trouble"))
    assert loop.time() - started < 10  # the loop's thread waited for nobody: 20 s each
    moving_trouble.is_in_trouble = False
    other.execute("ROLLBACK")
    other.close()
    await fill(storage, "afterwards")

    assert log_pages(path) < 600
    await storage.close()
