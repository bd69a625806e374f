"""Backups: taken while the store is in use, proven before they are used, refused when anything is amiss."""

import asyncio
import itertools
import stat
from pathlib import Path

import pytest

from limen.ports.storage import Mark, Put
from limen.storage import open_storage
from limen.storage.backup import restore, verify
from limen.storage.errors import StorageError
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request, tmp_path):
    """Two empty places of one kind."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/one.db", f"sqlite://{tmp_path}/two.db"
        return
    postgres = request.getfixturevalue("postgres")
    with postgres.database() as one, postgres.database() as two:
        yield one, two


async def opened(url):
    return await open_storage(url, clock=FixedClock())


async def test_a_backup_brings_everything_back(urls, tmp_path):
    storage = await opened(urls[0])
    mark = Mark(tenant_id=T, purpose="code", digest="1", expires_at=FAR)
    await storage.commit(Put(sample.client()), Put(sample.grant()), Put(sample.person()), mark)
    await storage.backup(f"{tmp_path}/backup")
    await storage.close()

    await restore(f"{tmp_path}/backup", urls[1])

    storage = await opened(urls[1])
    assert await storage.client(T, "app") == sample.client()
    assert (await storage.standing(T, "grant-1")).person == sample.person()
    assert await storage.commit(mark) == mark
    await storage.close()


async def test_br_01_a_backup_under_load_holds_whole_change_sets(urls, tmp_path):
    storage = await opened(urls[0])
    under_way = True

    async def load(name):
        for number in itertools.takewhile(lambda _: under_way, itertools.count()):
            own = f"{name}-{number:06}"
            await storage.commit(Put(sample.event(own)), Put(sample.grant(own)), Put(sample.session(own)))

    work = [asyncio.ensure_future(load(f"{n}")) for n in range(4)]
    await asyncio.sleep(0.2)
    await storage.backup(f"{tmp_path}/backup")
    under_way = False
    await asyncio.gather(*work)
    await storage.close()
    await restore(f"{tmp_path}/backup", urls[1])

    storage = await opened(urls[1])
    events = {event.event_id for event in await storage.events(T, limit=1_000_000)}
    assert events
    assert events == {grant.grant_id for grant in await storage.grants(T)}
    assert events == {session.session_id for session in await storage.sessions(T, "alice")}
    await storage.close()


@pytest.mark.parametrize("damage", ["a byte", "the end", "the manifest", "no manifest", "no backup"])
async def test_br_03_a_damaged_backup_is_refused(urls, tmp_path, damage):
    storage = await opened(urls[0])
    await storage.commit(Put(sample.client()))
    await storage.backup(f"{tmp_path}/backup")
    await storage.close()
    backup, manifest = tmp_path / "backup", tmp_path / "backup.manifest.json"
    content = bytearray(backup.read_bytes())
    match damage:
        case "a byte":
            content[len(content) // 2] ^= 1
            backup.write_bytes(content)
        case "the end":
            backup.write_bytes(content[:-100])
        case "the manifest":
            manifest.write_text(manifest.read_text().replace('"size":', '"sise":'))
        case "no manifest":
            manifest.unlink()
        case _:
            backup.unlink()

    with pytest.raises(StorageError):
        await verify(str(backup))
    with pytest.raises(StorageError):
        await restore(str(backup), urls[1])

    assert not Path(f"{tmp_path}/two.db").exists()


async def test_a_backup_never_takes_the_place_of_something(urls, tmp_path):
    storage = await opened(urls[0])
    await storage.commit(Put(sample.client()))
    await storage.backup(f"{tmp_path}/backup")

    with pytest.raises(StorageError, match="cannot be written"):
        await storage.backup(f"{tmp_path}/backup")
    with pytest.raises(StorageError):
        await restore(f"{tmp_path}/backup", urls[0])
    assert await storage.client(T, "app") == sample.client()
    await storage.close()


async def test_a_backup_is_for_its_owner_alone(urls, tmp_path):
    storage = await opened(urls[0])
    await storage.backup(f"{tmp_path}/backup")
    await storage.close()

    for name in ("backup", "backup.manifest.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


async def test_a_backup_goes_into_a_database_of_its_kind(tmp_path, postgres_url):
    storage = await opened(f"sqlite://{tmp_path}/limen.db")
    await storage.backup(f"{tmp_path}/backup")
    await storage.close()

    with pytest.raises(StorageError, match="backup of a sqlite database"):
        await restore(f"{tmp_path}/backup", postgres_url)


async def test_what_is_in_memory_cannot_be_backed_up(tmp_path):
    storage = await opened("memory:")

    with pytest.raises(StorageError, match="in memory"):
        await storage.backup(f"{tmp_path}/backup")


async def test_a_sound_looking_file_with_an_unsound_database_is_refused(tmp_path):
    from limen.storage.sql.manifest import write_manifest

    backup = tmp_path / "backup"
    backup.write_bytes(b"SQLite format 3\x00" + bytes(5000))
    write_manifest(backup, "sqlite")

    with pytest.raises(StorageError, match="not a sound SQLite database"):
        await verify(str(backup))
