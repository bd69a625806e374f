"""client-request: instances of one client keep their tokens apart."""

import hashlib

import pytest

from tests.world import SECRET

AUTH = ("web", SECRET)


async def instance(world, name="one"):
    code = await world.code_for(world.browser())
    return (await world.redeem(code, **({"tokenBindingId": name} if name else {}))).json()


@pytest.mark.parametrize("format_", ["opaque", "jwt", "reference"])
async def test_the_token_is_bound_to_the_name_of_the_instance(world, bound, format_):
    await bound("client-request", settings={"access_token_format": format_})

    described = await world.introspect((await instance(world))["access_token"])

    assert described["binding_type"] == "client-request"
    assert described["binding_ref"] == hashlib.sha256(b"one").hexdigest()


async def test_resources_ask_for_nothing(world, bound):
    await bound("client-request")
    token = (await instance(world))["access_token"]

    assert (await world.userinfo(token)).status == 200
    assert (await world.http.post("/oauth2/revoke", form={"token": token}, auth=AUTH)).status == 200


@pytest.mark.parametrize("validate", [True, False])
async def test_tb_05_a_refresh_is_for_the_same_instance(world, bound, validate):
    await bound("client-request", settings={"validate_token_binding": validate})
    token = (await instance(world))["refresh_token"]

    assert (await world.refresh(token)).error == "invalid_grant"
    assert (await world.refresh(token, tokenBindingId="two")).error == "invalid_grant"
    renewed = await world.refresh(token, tokenBindingId="one")
    assert renewed.status == 200
    assert (await world.introspect(renewed.json()["access_token"]))["binding_type"] == "client-request"


async def test_without_a_name_the_token_is_not_bound(world, bound):
    await bound("client-request")
    tokens = await instance(world, None)

    assert "binding_type" not in await world.introspect(tokens["access_token"])
    assert (await world.refresh(tokens["refresh_token"])).status == 200


@pytest.mark.parametrize(("length", "status"), [(255, 200), (256, 400)])
async def test_a_name_is_shorter_than_256_characters(world, bound, length, status):
    await bound("client-request")

    reply = await world.token(grant_type="client_credentials", auth=AUTH, tokenBindingId="x" * length)

    assert reply.status == status


async def test_a_name_is_given_once(world, bound):
    await bound("client-request")

    reply = await world.token(grant_type="client_credentials", auth=AUTH, tokenBindingId=["a", "b"])

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_two_instances_live_side_by_side(world, bound):
    await bound("client-request")
    one, two = await instance(world, "one"), await instance(world, "two")

    await world.refresh(one["refresh_token"], tokenBindingId="one")

    assert (await world.introspect(one["access_token"]))["active"] is True
    assert (await world.introspect(two["access_token"]))["active"] is True


async def test_where_the_policy_is_another_the_name_says_nothing(world):
    await world.client("web")

    described = await world.introspect((await instance(world))["access_token"])

    assert "binding_type" not in described
