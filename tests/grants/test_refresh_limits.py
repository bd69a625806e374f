"""Where refresh tokens are not to be had, and what they are not (attack rows RT-15, RT-17)."""

import json

import pytest
import pytest_asyncio

from limen.model.tenant import DetailType, Resource
from limen.ports.storage import Remove
from limen.protocol.registered_values import TOKEN_EXCHANGE
from tests.world import SECRET


@pytest_asyncio.fixture
async def signed_in(world):
    await world.client("web")
    await world.person()
    return await world.code_flow()


async def test_rt_15_a_refresh_token_is_no_bearer_token(world, signed_in):
    reply = await world.userinfo(signed_in["refresh_token"])

    assert reply.status == 401
    assert 'error="invalid_token"' in reply.header("www-authenticate")


async def test_rt_15_an_access_token_is_no_refresh_token(world, signed_in):
    reply = await world.refresh(signed_in["access_token"])

    assert (reply.status, reply.error) == (400, "invalid_grant")


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("lifetime", [3_600, 9_000])
async def test_a_token_of_the_last_refresh_lives_as_long_as_was_told(world, rotation, lifetime):
    settings = {
        "refresh_token_lifetime": 7_200, "access_token_lifetime": lifetime,
        "refresh_token_rotation": rotation,
    }  # fmt: skip
    await world.client("web", settings=settings)
    await world.person()
    tokens = await world.code_flow(scope="openid offline_access")

    for _ in range(3 if rotation else 1):
        world.clock.forward(7_000)
        tokens = (await world.refresh(tokens["refresh_token"])).json()
    world.clock.forward(tokens["expires_in"] - 1)
    await world.storage.sweep(world.clock.now())

    assert tokens["expires_in"] >= min(3_600, lifetime)
    assert (await world.userinfo(tokens["access_token"])).status == 200


async def test_what_the_operator_took_away_since_is_in_no_refreshed_token(world):
    apis = (Resource(resource="https://a.test"), Resource(resource="https://b.test"))
    kinds = (DetailType(type="pay"), DetailType(type="read"))
    await world.tenant(resources=apis, detail_types=kinds)
    await world.client("web")
    await world.person()
    asked = json.dumps([{"type": "pay"}, {"type": "read"}])
    at_one = await world.code_flow(resource=apis[0].resource)
    tokens = await world.code_flow(
        resource=[api.resource for api in apis], authorization_details=asked, scope="openid"
    )

    await world.tenant(resources=apis[1:], detail_types=kinds[1:])
    reply = (await world.refresh(tokens["refresh_token"])).json()
    facts = await world.introspect(reply["access_token"])

    assert (facts["aud"], facts["authorization_details"]) == ("https://b.test", [{"type": "read"}])
    assert (await world.refresh(at_one["refresh_token"])).error == "invalid_target"


async def test_rt_17_client_credentials_never_give_a_refresh_token(world, signed_in):
    reply = await world.token(
        grant_type="client_credentials", scope="offline_access email", auth=("web", SECRET)
    )

    assert "refresh_token" not in reply.text


async def test_rt_17_the_implicit_flow_never_gives_a_refresh_token(world):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(
        "old",
        grant_types=frozenset({"implicit", "refresh_token"}),
        response_types=("id_token token",),
        token_endpoint_auth_method="none",
    )
    await world.person()
    browser = world.browser()

    reply = await world.journey(
        browser,
        await world.authorize(
            browser, "old", response_type="id_token token", nonce="n", scope="openid offline_access"
        ),
    )

    assert "access_token" in reply.params
    assert "refresh_token" not in reply.params


async def test_rt_17_an_exchange_never_gives_a_refresh_token(world, signed_in):
    await world.client("web", grant_types=frozenset({TOKEN_EXCHANGE, "refresh_token"}))

    reply = await world.token(
        grant_type=TOKEN_EXCHANGE,
        subject_token=signed_in["access_token"],
        subject_token_type="urn:ietf:params:oauth:token-type:access_token",
        auth=("web", SECRET),
    )

    assert reply.status == 200
    assert "refresh_token" not in reply.json()


async def test_a_token_of_a_session_dies_with_it_unless_it_may_be_used_offline(world, signed_in):
    offline = await world.code_flow(scope="openid offline_access", prompt="consent")
    for session in await world.storage.sessions("tenant-root", "sub-alice"):
        await world.storage.commit(Remove(session))

    assert (await world.refresh(signed_in["refresh_token"])).error == "invalid_grant"
    assert (await world.introspect(signed_in["refresh_token"])) == {"active": False}
    assert (await world.introspect(offline["refresh_token"]))["active"]
    assert (await world.refresh(offline["refresh_token"])).status == 200


async def test_a_token_that_was_rotated_out_is_not_active_any_more(world, signed_in):
    await world.client("web", settings={"refresh_token_rotation": True})
    newer = (await world.refresh(signed_in["refresh_token"])).json()["refresh_token"]

    assert (await world.introspect(signed_in["refresh_token"])) == {"active": False}
    assert (await world.introspect(newer))["active"]
