"""Stores by their URL, and the words for a URL that is none."""

import pytest

from limen.ports.storage import Deny, Put
from limen.storage import open_storage
from limen.storage.errors import StorageError
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T


@pytest.mark.parametrize("url", ["", "limen.db", "mysql://localhost/limen", "postgres://localhost/limen"])
async def test_an_unknown_url_is_told_which_there_are(url):
    with pytest.raises(StorageError, match="memory:, sqlite://, postgresql://"):
        await open_storage(url, clock=FixedClock())


async def test_a_relative_sqlite_path_starts_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    storage = await open_storage("sqlite://limen.db", clock=FixedClock())
    await storage.close()

    assert (tmp_path / "limen.db").exists()


@pytest.mark.parametrize("backend", ["memory", "sqlite", "postgres"])
async def test_a_subscriber_hears_of_what_may_be_cached(backend, tmp_path, request):
    urls = {"memory": "memory:", "sqlite": f"sqlite://{tmp_path}/limen.db"}
    url = urls.get(backend) or request.getfixturevalue("postgres_url")
    storage = await open_storage(url, clock=FixedClock())
    heard = []
    storage.subscribe(lambda *news: heard.append(news))

    await storage.commit(Put(sample.person()), Put(sample.tenant()), Put(sample.client()), Put(sample.key()))
    await storage.commit(Deny(tenant_id=T, jti="jti", expires_at=FAR))

    expected = [("tenant", T, T), ("client", T, "app"), ("key", T, "key-1"), ("denied", T, "jti")]
    assert heard[:4] == expected
    await storage.close()
