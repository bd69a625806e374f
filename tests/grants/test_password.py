"""The password grant: only where two switches allow it, and never an oracle (RFC 6749 §4.3)."""

import pytest_asyncio

from tests.world import PASSWORD, SECRET

LEGACY = frozenset({"password", "refresh_token"})


@pytest_asyncio.fixture
async def legacy(world):
    """A tenant and a client that still need the grant, and a person."""
    await world.tenant(legacy=frozenset({"password"}))
    await world.client("old", grant_types=LEGACY)
    await world.person()
    return world


async def ask(world, *, username="alice", password=PASSWORD, auth=("old", SECRET), **form):
    return await world.token(
        grant_type="password", username=username, password=password, auth=auth, **{"scope": "openid", **form}
    )


async def test_the_right_password_gives_every_token(legacy):
    reply = await ask(legacy, scope="openid email")

    assert reply.status == 200, reply.text
    tokens = reply.json()
    assert {"access_token", "refresh_token", "id_token"} <= tokens.keys()
    claims = legacy.keys.verify("tenant-root", tokens["id_token"], typ="JWT")
    assert (claims["sub"], claims["auth_time"], claims["amr"]) == ("sub-alice", legacy.clock.at, ["pwd"])
    assert "sid" not in claims
    assert (await legacy.userinfo(tokens["access_token"])).json()["email"] == "alice@id.test"
    assert (await legacy.refresh(tokens["refresh_token"], auth=("old", SECRET))).status == 200


async def test_without_openid_there_is_no_id_token_and_without_the_grant_no_refresh_token(legacy):
    await legacy.client("older", grant_types=frozenset({"password"}))

    reply = await ask(legacy, auth=("older", SECRET), scope="email")

    assert reply.json().keys().isdisjoint({"id_token", "refresh_token"})


async def test_wrong_password_unknown_name_and_disabled_person_look_the_same(legacy):
    await legacy.person("bob", enabled=False)

    replies = [
        await ask(legacy, password="wrong"),
        await ask(legacy, username="nobody"),
        await ask(legacy, username="bob"),
    ]

    assert {(reply.status, reply.body) for reply in replies} == {(400, replies[0].body)}
    assert replies[0].error == "invalid_grant"
    assert "alice" not in replies[0].text


async def test_ca_19_the_grant_is_off_by_default(world):
    await world.client("old", grant_types=LEGACY)
    await world.person()

    reply = await ask(world)

    assert (reply.status, reply.error) == (400, "unsupported_grant_type")


async def test_ca_19_who_has_a_second_factor_is_refused_as_if_the_password_were_wrong(legacy):
    await legacy.person("carol", second_factor=True)

    right = await ask(legacy, username="carol")
    wrong = await ask(legacy, username="carol", password="wrong")

    assert (right.status, right.error, right.body) == (400, "invalid_grant", wrong.body)


async def test_a_client_without_the_grant_is_refused(legacy):
    await legacy.client("web")

    assert (await ask(legacy, auth=("web", SECRET))).error == "unauthorized_client"


async def test_guessing_makes_wait_even_for_the_right_password(legacy):
    for _ in range(6):
        await ask(legacy, password="wrong")

    reply = await ask(legacy)

    assert (reply.status, reply.error) == (400, "invalid_grant")
    assert "try again in" in reply.json()["error_description"]
    legacy.clock.forward(10)
    assert (await ask(legacy)).status == 200


async def test_credentials_in_the_url_are_refused(legacy):
    reply = await legacy.http.post(
        f"/oauth2/token?username=alice&password={PASSWORD.replace(' ', '+')}",
        form={"grant_type": "password"},
        auth=("old", SECRET),
    )

    assert reply.error == "invalid_request"


async def test_a_password_of_a_megabyte_is_not_hashed(legacy):
    reply = await ask(legacy, password="x" * 5_000)

    assert reply.error == "invalid_grant"
