"""A stolen database holds nothing that opens a door: every stored value is tried as every credential."""

import contextlib
import json
from pathlib import Path

import apsw
import pytest_asyncio

from tests.world import CALLBACK, PASSWORD, SECRET, VERIFIER, make_world


@pytest_asyncio.fixture(loop_scope="session")
async def world(tmp_path):
    world = await make_world(f"sqlite://{tmp_path}/limen.db")
    await world.client("web")
    await world.client("jwt", settings={"access_token_format": "jwt", "refresh_token_rotation": True})
    await world.client("rows", settings={"access_token_format": "reference"})
    await world.person()
    world.file = f"{tmp_path}/limen.db"
    yield world
    await world.close()


def stored(path):
    """Return every text in the database: whole columns, members of JSON records, hex of blobs."""
    found = set()
    database = apsw.Connection(path)
    names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
    for name in names:
        for row in database.execute(f'select * from "{name}"'):
            for value in row:
                found.update(texts(value))
    database.close()
    return {text for text in found if 8 <= len(text) <= 4000 and text.isascii() and text.isprintable()}


def texts(value):
    """Return the texts a column holds."""
    if isinstance(value, bytes):
        return [value.hex(), value.decode("latin-1")]
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return [value, *members(json.loads(value))]
        return [value]
    return []


def members(value):
    """Return the texts inside a JSON value, names and all."""
    if isinstance(value, dict):
        return [*value, *(text for member in value.values() for text in members(member))]
    if isinstance(value, list):
        return [text for member in value for text in members(member)]
    return [value] if isinstance(value, str) else []


async def flows(world):
    """Leave something of everything in the store: live sessions, journeys, codes, tokens of each format.

    Returned is what opens a door. The browser state of session_state opens none; scripts may read it.
    """
    secrets = [SECRET, PASSWORD, VERIFIER]
    for client_id in ("web", "jwt", "rows"):
        browser = world.browser()
        tokens = await world.code_flow(browser, client_id, auth=(client_id, SECRET), scope="openid email")
        refreshed = (await world.refresh(tokens["refresh_token"], auth=(client_id, SECRET))).json()
        unused = await world.code_for(browser, client_id)
        secrets += [unused, *(value for name, value in browser.cookies.items() if "lm_bs" not in name)]
        secrets += [t[k] for t in (tokens, refreshed) for k in ("access_token", "refresh_token", "id_token")]
    waiting = world.browser()
    journey = await world.authorize(waiting)
    secrets += [journey.location.split("/i/")[1].split("/")[0], *waiting.cookies.values()]
    return secrets


async def test_no_stored_value_is_a_credential(world):
    await flows(world)
    values = stored(world.file)
    assert len(values) > 50

    for value in values:
        as_secret = await world.token(grant_type="client_credentials", auth=("web", value))
        assert as_secret.status in {400, 401}, value
        assert (await world.userinfo(value)).status in {400, 401}, value
        as_refresh = await world.refresh(value)
        assert as_refresh.status == 400, value
        assert (await world.redeem(value)).status == 400, value
        assert await world.introspect(value) == {"active": False}, value


async def test_no_stored_value_is_a_session(world):
    signed_in = world.browser()
    await world.code_flow(signed_in)
    name = next(name for name in signed_in.cookies if "lm_s_" in name)

    for value in stored(world.file):
        thief = world.browser()
        thief.cookies[name] = value
        reply = await world.authorize(thief, prompt="none")
        assert reply.params["error"] == "login_required", value


async def test_no_secret_is_stored_as_it_is(world):
    secrets = await flows(world)

    database = Path(world.file).read_bytes() + Path(f"{world.file}-wal").read_bytes()

    assert [secret for secret in secrets if secret.encode() in database] == []


async def test_no_secret_is_told_to_the_log(world):
    secrets = await flows(world)
    await world.token(grant_type="client_credentials", auth=("web", "canary-" + SECRET))
    await world.userinfo("canary-token-that-is-none")

    told = repr(world.events.heard)

    assert world.events.heard
    assert [secret for secret in [*secrets, "canary-"] if secret in told] == []
    assert CALLBACK not in told
