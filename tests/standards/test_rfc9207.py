"""The issuer in each authorization response (RFC 9207), by section."""

import pytest
import pytest_asyncio

from tests.world import make_world


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.client("web")
    await world.person()
    yield world
    await world.close()


@pytest.mark.parametrize("mode", ["query", "fragment"])
async def test_2_success_and_refusal_carry_iss(world, mode):
    browser = world.browser()

    success = await world.journey(browser, await world.authorize(browser, response_mode=mode))
    refusal = await world.authorize(world.browser(), response_mode=mode, prompt="none")

    assert success.params["iss"] == refusal.params["iss"] == "https://id.test"


async def test_2_3_iss_is_the_issuer_of_discovery_even_in_the_compatibility_form(world):
    issuer = "https://id.test/t/compat/oauth2/token"
    await world.tenant("compat", issuer=issuer)
    await world.client("web", tenant="tenant-compat")
    found = (await world.http.get("/t/compat/.well-known/openid-configuration")).json()

    reply = await world.authorize(world.browser(), tenant="/t/compat", prompt="none")

    assert reply.params["iss"] == found["issuer"] == issuer


async def test_3_discovery_says_so(world):
    found = (await world.http.get("/.well-known/openid-configuration")).json()

    assert found["authorization_response_iss_parameter_supported"] is True
