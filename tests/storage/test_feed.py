"""The feed between processes: in order, without holes, and honest when one is found."""

import apsw
import pytest

from limen.ports.storage import Deny, Put
from limen.storage import open_storage
from limen.storage.sql.feed import Feed
from limen.storage.sql.sqlite import SqliteDatabase
from limen.storage.sql.sweep import FEED_SECONDS
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T


@pytest.fixture
async def writer(tmp_path):
    store = await open_storage(f"sqlite://{tmp_path}/limen.db", clock=FixedClock())
    yield store
    await store.close()


@pytest.fixture
async def database(tmp_path, writer):
    opened = await SqliteDatabase.open(f"{tmp_path}/limen.db")
    yield opened
    await opened.close()


@pytest.fixture
async def feed(database):
    """A listener of another process, asked by hand."""
    feed = Feed(database, FixedClock())
    feed.heard = []
    feed.listen(feed.heard.append)
    await feed.start()
    await feed.stop()
    return feed


async def test_news_come_in_the_order_of_commits(writer, feed):
    await writer.commit(Put(sample.client("a")), Put(sample.client("b")))
    await writer.commit(Deny(tenant_id=T, jti="jti", expires_at=FAR))

    await feed.poll()

    assert [(news.topic, news.key, news.until) for news in feed.heard] == [
        ("client", "a", 0),
        ("client", "b", 0),
        ("denied", "jti", FAR),
    ]


async def test_news_are_told_once(writer, feed):
    await writer.commit(Put(sample.client()))

    await feed.poll()
    await feed.poll()

    assert len(feed.heard) == 1


async def test_what_failed_is_no_news(writer, feed):
    await writer.commit(Put(sample.client()), Deny(tenant_id=T, jti="j", expires_at=FAR), sample.live())

    await feed.poll()

    assert feed.heard == []


async def test_much_news_is_told_to_its_end(writer, feed):
    for part in range(3):
        await writer.commit(*(Put(sample.client(f"{part}-{n}")) for n in range(1000)))

    await feed.poll()

    assert len(feed.heard) == 3000


async def test_who_slept_too_long_is_told_that_anything_may_have_changed(writer, feed):
    await writer.commit(Put(sample.tenant()))
    await writer.commit(Deny(tenant_id=T, jti="jti", expires_at=FAR))
    await writer.sweep(FixedClock().now() + FEED_SECONDS + 1)

    await feed.poll()

    assert [(news.topic, news.tenant_id, news.key) for news in feed.heard] == [
        ("everything", "", ""),
        ("key", T, ""),
        ("denied", T, "jti"),
    ]


async def test_a_database_put_back_to_an_earlier_time_may_have_changed_anything(tmp_path, writer, feed):
    await writer.commit(Put(sample.client()))
    await feed.poll()
    other = apsw.Connection(str(tmp_path / "limen.db"))
    other.execute("UPDATE feed_head SET seq = 0; DELETE FROM feed")
    other.close()

    await feed.poll()

    assert feed.heard[-1].topic == "everything"
