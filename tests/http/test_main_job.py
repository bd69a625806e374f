"""A real person signs in to a real application: the main job, whole, in one process."""

import pytest_asyncio

from tests.world import CALLBACK, SECRET, make_world


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.client("web")
    await world.person()
    yield world
    await world.close()


async def test_a_client_gets_a_token_for_itself_and_it_is_active(world):
    await world.client("service", grant_types=frozenset({"client_credentials"}))

    reply = await world.token(grant_type="client_credentials", auth=("service", SECRET))

    assert reply.status == 200
    assert reply.header("cache-control") == "no-store"
    assert {"access_token", "token_type", "expires_in"} <= reply.json().keys()
    told = await world.introspect(reply.json()["access_token"])
    assert told["active"] is True
    assert told["sub"] == "service"


async def test_the_code_flow_signs_a_person_in(world):
    browser = world.browser()

    tokens = await world.code_flow(browser, scope="openid profile email")

    assert {"access_token", "id_token", "refresh_token"} <= tokens.keys()
    userinfo = await world.userinfo(tokens["access_token"])
    assert userinfo.status == 200, userinfo.text
    assert userinfo.json()["email"] == "alice@id.test"
    again = await world.authorize(browser, scope="openid profile email")
    assert again.location.startswith(CALLBACK)
    assert again.params["state"] == "a-state"
    assert again.params["iss"] == "https://id.test"


async def test_a_replayed_code_revokes_its_tokens(world):
    code = await world.code_for(world.browser())
    first = (await world.redeem(code)).json()

    replay = await world.redeem(code)

    assert (replay.status, replay.error) == (400, "invalid_grant")
    assert await world.introspect(first["access_token"]) == {"active": False}
    assert (await world.refresh(first["refresh_token"])).error == "invalid_grant"
