"""The servers and the browser that tests/services.py starts are really there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import redis

from tests import services


async def _fetch_value(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_database_is_reachable_and_empty(postgres_url):
    tables = await _fetch_value(
        postgres_url, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    )

    assert tables == 0


async def test_two_databases_are_separate(postgres):
    with postgres.database() as one, postgres.database() as other:
        await _fetch_value(one, "CREATE TABLE door (name text)")

        assert await _fetch_value(one, "SELECT to_regclass('door')::text") == "door"
        assert await _fetch_value(other, "SELECT to_regclass('door')::text") is None


async def test_a_dropped_database_is_gone(postgres):
    with postgres.database() as url:
        pass

    try:
        await _fetch_value(url, "SELECT 1")
    except asyncpg.InvalidCatalogNameError:
        return
    raise AssertionError(url)


def test_redis_starts_empty_and_keeps_values(redis_url):
    with redis.Redis.from_url(redis_url, protocol=3) as client:
        assert client.dbsize() == 0

        client.set("door", "open")

        assert client.get("door") == b"open"


async def test_chromium_runs_scripts_and_renders(page):
    script = "document.querySelector('h1').textContent = 6 * 7"
    await page.goto(f"data:text/html,<title>Limen</title><h1>?</h1><script>{script}</script>")

    assert await page.title() == "Limen"
    assert await page.get_by_role("heading").inner_text() == "42"


async def test_each_page_has_its_own_cookies(chromium):
    one, other = await chromium.new_context(), await chromium.new_context()
    await one.add_cookies([{"name": "door", "value": "open", "url": "http://localhost:1"}])

    assert [cookie["name"] for cookie in await one.cookies()] == ["door"]
    assert await other.cookies() == []

    await one.close()
    await other.close()


_SESSION = """
import os, time
from tests import services
os.environ[services.FOLDER + "_OWNER"] = str(os.getpid())
folder = services.open_session()
print(folder, services.postgres().port, flush=True)
time.sleep(60)
"""


def test_a_killed_session_leaves_no_server_behind():
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, "-c", _SESSION], env=environment, stdout=subprocess.PIPE, text=True
    ) as session:
        folder, port = session.stdout.readline().split()
        session.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.1)

    assert not Path(folder).exists()
    with services.socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0
