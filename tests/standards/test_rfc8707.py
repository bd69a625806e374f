"""Resource indicators (RFC 8707), by section."""

import pytest
import pytest_asyncio

from limen.model.tenant import Resource
from tests.request_objects import asked, push, pushed, visit
from tests.world import SECRET, make_world

CALENDAR, MAIL = "https://calendar.test/", "https://mail.test/api"


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.tenant(
        resources=(
            Resource(resource=CALENDAR, scopes=("events.read", "search")),
            Resource(resource=MAIL, scopes=("mail.read", "search")),
        )
    )
    await world.client("web")
    await world.person()
    yield world
    await world.close()


@pytest.mark.parametrize(
    "resource",
    ["relative", "https://calendar.test/#f", "https://unknown.test/", "https://calendar.test", "[", "ü:x"],
)
async def test_2_a_bad_or_unknown_resource_is_invalid_target(world, resource):
    at_authorize = await world.authorize(world.browser(), resource=resource)
    at_push = await push(world, **asked(resource=resource))
    at_token = await world.token(grant_type="client_credentials", resource=resource, auth=("web", SECRET))

    assert at_authorize.params["error"] == at_push.error == at_token.error == "invalid_target"


async def test_2_any_absolute_uri_will_do_where_the_tenant_names_none(world):
    await world.tenant()

    tokens = await world.code_flow(resource="https://any.test/api")

    assert (await world.introspect(tokens["access_token"]))["aud"] == "https://any.test/api"


async def test_2_2_tokens_are_for_the_resources_of_the_request(world):
    tokens = await world.code_flow(resource=[CALENDAR, MAIL], scope="openid events.read mail.read search")

    told = await world.introspect(tokens["access_token"])
    assert told["aud"] == [CALENDAR, MAIL]
    assert set(tokens["scope"].split()) == {"openid", "events.read", "mail.read", "search"}


async def test_2_2_a_token_request_narrows_audience_and_scope(world):
    everything = {"resource": [CALENDAR, MAIL], "scope": "openid events.read mail.read search"}
    code = await world.code_for(world.browser(), **everything)

    tokens = (await world.redeem(code, resource=MAIL)).json()
    renewed = (await world.refresh(tokens["refresh_token"], resource=CALENDAR)).json()

    assert (await world.introspect(tokens["access_token"]))["aud"] == MAIL
    assert set(tokens["scope"].split()) == {"openid", "mail.read", "search"}
    assert set((await world.introspect(tokens["access_token"]))["scope"].split()) == set(
        tokens["scope"].split()
    )
    assert (await world.introspect(renewed["access_token"]))["aud"] == CALENDAR
    assert set(renewed["scope"].split()) == {"openid", "events.read", "search"}


async def test_2_2_what_was_not_asked_for_cannot_be_added(world):
    code = await world.code_for(world.browser(), resource=MAIL)

    assert (await world.redeem(code, resource=CALENDAR)).error == "invalid_target"
    tokens = (await world.redeem(code)).json()
    assert (await world.refresh(tokens["refresh_token"], resource=CALENDAR)).error == "invalid_target"


async def test_2_1_a_pushed_request_names_resources(world):
    browser = world.browser()
    uri = await pushed(world, **asked(resource=[CALENDAR, MAIL]))

    reply = await world.journey(browser, await visit(browser, request_uri=uri))

    tokens = (await world.redeem(reply.params["code"])).json()
    assert (await world.introspect(tokens["access_token"]))["aud"] == [CALENDAR, MAIL]
