"""Refresh tokens (rows 45 to 47 of the behaviour list, RFC 9700 §4.14)."""

import asyncio

import pytest

from limen.admin import clients
from limen.admin.operation import OPERATOR
from tests.world import CALLBACK, SECRET

WEB = ("web", SECRET)
ROTATING = {"refresh_token_rotation": True, "refresh_token_grace": 10}


async def begin(world, **settings):
    """A client with these settings and its first refresh token."""
    await world.client(settings=settings)
    await world.person()
    return (await world.code_flow())["refresh_token"]


async def renewed(world, token):
    reply = await world.refresh(token)
    assert reply.status == 200, reply.text
    return reply.json()["refresh_token"]


async def test_row_45_values_stay_while_the_grant_is_off(world):
    metadata = {"redirect_uris": [CALLBACK], "limen_refresh_token_lifetime": 500}
    made = await clients.create(
        clients.CreateClient(tenant="", metadata=metadata, template="web", client_id="shop"),
        OPERATOR,
        world.ports,
    )
    patch = {"grant_types": ["authorization_code"]}
    await clients.update(
        clients.UpdateClient(tenant="", client_id="shop", patch=patch), OPERATOR, world.ports
    )
    await world.person()

    tokens = await world.code_flow(client_id="shop", auth=("shop", made.client_secret.reveal()))
    kept = await world.storage.client("tenant-root", "shop")

    assert "refresh_token" not in tokens
    assert kept.settings.refresh_token_lifetime == made.client.settings.refresh_token_lifetime == 500


async def test_row_46_off_gives_the_same_token_and_leaves_its_deadline(world):
    token = await begin(world, refresh_token_lifetime=100)

    world.clock.forward(60)
    assert await renewed(world, token) == token
    world.clock.forward(40)

    assert (await world.refresh(token)).error == "invalid_grant"


async def test_row_46_on_gives_a_new_token_and_the_old_one_ends(world):
    first = await begin(world, **{**ROTATING, "refresh_token_grace": 0})
    second = await renewed(world, first)
    world.clock.forward(1)

    assert second != first
    assert (await world.refresh(first)).error == "invalid_grant"


@pytest.mark.parametrize(("extends", "alive"), [(True, True), (False, False)])
async def test_row_46_a_renewed_token_gets_a_full_life_or_the_first_deadline(world, extends, alive):
    first = await begin(world, **ROTATING, refresh_token_lifetime=100, extend_renewed_refresh_token=extends)
    world.clock.forward(60)
    second = await renewed(world, first)
    world.clock.forward(60)

    assert ((await world.refresh(second)).status == 200) is alive


async def test_row_46_within_the_grace_the_old_token_yields_the_same_successor(world):
    first = await begin(world, **ROTATING)
    second = await renewed(world, first)
    world.clock.forward(9)

    again, at_once = await asyncio.gather(world.refresh(first), world.refresh(first))

    assert again.json()["refresh_token"] == at_once.json()["refresh_token"] == second


async def test_row_46_the_grace_does_not_lengthen_the_successors_life(world):
    first = await begin(world, **ROTATING, refresh_token_lifetime=100)
    await renewed(world, first)
    world.clock.forward(9)
    second = await renewed(world, first)
    world.clock.forward(90)
    assert (await world.introspect(second))["active"]
    world.clock.forward(1)

    assert (await world.refresh(second)).error == "invalid_grant"


async def test_row_46_two_generations_back_there_is_no_grace(world):
    first = await begin(world, **ROTATING)
    third = await renewed(world, await renewed(world, first))

    assert (await world.refresh(first)).error == "invalid_grant"
    assert (await world.refresh(third)).error == "invalid_grant"


async def test_row_46_the_grace_is_for_the_same_client_alone(world):
    first = await begin(world, **ROTATING)
    await world.client("other")
    second = await renewed(world, first)

    assert (await world.refresh(first, auth=("other", SECRET))).error == "invalid_grant"
    assert (await world.refresh(second)).status == 200


async def test_row_46_reuse_after_the_grace_ends_the_family(world):
    first = await begin(world, **ROTATING)
    reply = (await world.refresh(first)).json()
    world.clock.forward(10)

    assert (await world.refresh(first)).error == "invalid_grant"
    assert (await world.refresh(reply["refresh_token"])).error == "invalid_grant"
    assert not (await world.introspect(reply["access_token"]))["active"]


async def test_row_46_a_public_client_always_rotates_unless_it_is_sender_constrained(world):
    await world.client("spa", token_endpoint_auth_method="none", settings={"refresh_token_rotation": False})
    await world.person()
    first = (await world.code_flow(client_id="spa", auth=None))["refresh_token"]

    reply = await world.refresh(first, auth=None, client_id="spa")

    assert reply.json()["refresh_token"] != first


async def test_row_47_a_refresh_token_dies_on_time(world):
    token = await begin(world, refresh_token_lifetime=300)

    world.clock.forward(299)
    assert (await world.refresh(token)).status == 200
    world.clock.forward(1)
    assert (await world.refresh(token)).error == "invalid_grant"


async def test_row_47_a_disabled_person_refreshes_nothing(world):
    await world.client()
    person = await world.person()
    token = (await world.code_flow())["refresh_token"]
    await world.change(person, enabled=False)

    assert (await world.refresh(token)).error == "invalid_grant"


@pytest.mark.parametrize("rotation", [True, False])
async def test_a_refresh_token_that_is_not_used_dies_and_one_in_use_lives(world, rotation):
    token = await begin(world, refresh_token_idle_lifetime=600, refresh_token_rotation=rotation)
    for _ in range(4):
        world.clock.forward(500)
        token = await renewed(world, token)

    world.clock.forward(600)
    assert (await world.introspect(token))["active"]
    world.clock.forward(1)

    assert not (await world.introspect(token))["active"]
    assert (await world.refresh(token)).error == "invalid_grant"


async def test_uses_close_together_cost_no_write_and_cut_the_limit_by_a_tenth_at_most(world):
    token = await begin(world, refresh_token_idle_lifetime=600)
    world.clock.forward(59)
    await renewed(world, token)
    (grant,) = await world.storage.grants("tenant-root")

    assert grant.rotated_at == world.clock.now() - 59
    world.clock.forward(541)
    assert (await world.refresh(token)).status == 200


async def test_without_offline_access_a_refresh_token_dies_with_the_session(world):
    await world.tenant(session_lifetime=1000)
    plain = await begin(world)
    lasting = (await world.code_flow(scope="openid offline_access"))["refresh_token"]
    world.clock.forward(1000)

    assert (await world.refresh(plain)).error == "invalid_grant"
    assert (await world.refresh(lasting)).status == 200


async def test_where_offline_access_is_required_nothing_else_gives_a_refresh_token(world):
    await world.client(settings={"require_offline_access": True})
    await world.person()

    assert "refresh_token" not in await world.code_flow(scope="openid")
    assert "refresh_token" in await world.code_flow(scope="openid offline_access")
