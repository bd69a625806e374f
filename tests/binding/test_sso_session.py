"""sso-session: tokens that live as long as the session."""

import pytest

from limen.ports.storage import Remove
from tests.world import SECRET

AUTH = ("web", SECRET)
OFFLINE = "openid offline_access"


async def logged_out(browser, tokens):
    return await browser.get("/oidc/logout", params={"id_token_hint": tokens["id_token"]})


async def test_the_token_names_the_session(world, bound):
    await bound("sso-session")
    tokens = await world.code_flow()

    described = await world.introspect(tokens["access_token"])

    assert described["binding_type"] == "sso-session"
    assert described["binding_ref"] == described["sid"]


async def test_a_back_end_uses_it_without_any_cookie(world, bound):
    await bound("sso-session")
    tokens = await world.code_flow()

    assert (await world.userinfo(tokens["access_token"])).status == 200
    assert (await world.refresh(tokens["refresh_token"])).status == 200


async def test_the_browser_of_another_session_is_refused(world, bound):
    await bound("sso-session")
    browser, stranger = world.browser(), world.browser()
    tokens = await world.code_flow(browser)
    await world.code_flow(stranger)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    assert (await browser.get("/oauth2/userinfo", headers=headers)).status == 200
    assert (await stranger.get("/oauth2/userinfo", headers=headers)).status == 401
    assert (await stranger.post("/oauth2/token", form=form, auth=AUTH)).error == "invalid_grant"
    assert (await browser.post("/oauth2/token", form=form, auth=AUTH)).status == 200


@pytest.mark.parametrize("revoke", [True, False])
@pytest.mark.parametrize("format_", ["opaque", "jwt", "reference"])
async def test_tb_03_after_logout_the_token_is_dead_everywhere(world, bound, revoke, format_):
    await bound(
        "sso-session",
        settings={"revoke_tokens_on_logout": revoke, "access_token_format": format_},
        scope=OFFLINE,
    )
    browser = world.browser()
    tokens = await world.code_flow(browser, scope=OFFLINE)

    await logged_out(browser, tokens)

    assert await world.introspect(tokens["access_token"]) == {"active": False}
    assert await world.introspect(tokens["refresh_token"]) == {"active": False}
    assert (await world.userinfo(tokens["access_token"])).status == 401
    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"


async def test_a_session_that_an_administrator_ends_takes_its_tokens_with_it(world, bound):
    await bound("sso-session", settings={"validate_token_binding": False})
    tokens = await world.code_flow()
    [session] = await world.storage.sessions("tenant-root", "sub-alice")

    await world.storage.commit(Remove(session))

    assert await world.introspect(tokens["access_token"]) == {"active": False}
    assert (await world.userinfo(tokens["access_token"])).status == 401


async def test_a_session_that_expires_does_too(world, bound):
    await bound("sso-session", settings={"access_token_lifetime": 86_400})
    tokens = await world.code_flow()

    world.clock.forward(43_200)

    assert await world.introspect(tokens["access_token"]) == {"active": False}


async def test_a_session_that_expired_gives_no_token_before_the_sweep_either(world, bound):
    await bound("sso-session", settings={"access_token_format": "jwt"})
    tokens = await world.code_flow(scope="openid offline_access")

    world.clock.forward(43_201)

    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"
    assert await world.introspect(tokens["refresh_token"]) == {"active": False}


async def test_each_sign_in_gets_tokens_of_its_own(world, bound):
    await bound("sso-session")
    first, second = world.browser(), world.browser()
    one, two = await world.code_flow(first), await world.code_flow(second)

    await logged_out(first, one)

    assert (await world.introspect(one["access_token"]))["active"] is False
    assert (await world.introspect(two["access_token"]))["active"] is True
