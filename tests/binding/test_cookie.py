"""cookie: the browser the person signed in with."""

import hashlib

import pytest

from tests.world import SECRET

AUTH = ("web", SECRET)


def binding_cookie(browser):
    [(name, value)] = [pair for pair in browser.cookies.items() if pair[0].startswith("__Host-lm_b_")]
    return name, value


async def signed_in(world):
    browser = world.browser()
    return browser, await world.code_flow(browser)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


async def refresh(browser, token):
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await browser.post("/oauth2/token", form=form, auth=AUTH)


async def test_the_cookie_is_fixed_at_the_authorization_endpoint(world, bound):
    await bound("cookie")

    browser, tokens = await signed_in(world)

    described = await world.introspect(tokens["access_token"])
    _, value = binding_cookie(browser)
    assert described["binding_type"] == "cookie"
    assert described["binding_ref"] == hashlib.sha256(value.encode()).hexdigest()


async def test_it_is_kept_for_the_next_application(world, bound):
    await bound("cookie")
    browser, _ = await signed_in(world)
    before = binding_cookie(browser)

    await world.authorize(browser, prompt="none")

    assert binding_cookie(browser) == before


async def test_other_clients_get_none(world):
    await world.client("web")
    browser, tokens = await signed_in(world)

    assert not any("lm_b_" in name for name in browser.cookies)
    assert "binding_type" not in await world.introspect(tokens["access_token"])


async def test_tb_01_userinfo_wants_the_same_cookie(world, bound):
    await bound("cookie")
    browser, tokens = await signed_in(world)
    stranger, _ = await signed_in(world)
    headers = bearer(tokens["access_token"])

    assert (await browser.get("/oauth2/userinfo", headers=headers)).status == 200
    for other in (stranger, world.http):
        reply = await other.get("/oauth2/userinfo", headers=headers)
        assert (reply.status, reply.error) == (401, "invalid_token")


@pytest.mark.parametrize("validate", [True, False])
async def test_tb_01_so_does_a_refresh_whatever_the_policy(world, bound, validate):
    await bound("cookie", settings={"validate_token_binding": validate})
    browser, tokens = await signed_in(world)
    stranger, _ = await signed_in(world)

    for other in (stranger, world.http):
        assert (await refresh(other, tokens["refresh_token"])).error == "invalid_grant"
    renewed = await refresh(browser, tokens["refresh_token"])
    assert renewed.status == 200
    assert (await world.introspect(renewed.json()["access_token"]))["binding_type"] == "cookie"


async def test_a_redemption_in_another_browser_does_not_rebind(world, bound):
    await bound("cookie")
    browser, _ = await signed_in(world)
    victim = world.browser()
    code = await world.code_for(victim)

    tokens = (await world.redeem(code, headers={"Cookie": "=".join(binding_cookie(browser))})).json()

    described = await world.introspect(tokens["access_token"])
    _, value = binding_cookie(victim)
    assert described["binding_ref"] == hashlib.sha256(value.encode()).hexdigest()


async def test_where_it_is_not_validated_userinfo_needs_no_cookie(world, bound):
    await bound("cookie", settings={"validate_token_binding": False})
    _, tokens = await signed_in(world)

    assert (await world.userinfo(tokens["access_token"])).status == 200


async def test_its_other_name_is_read(world, bound):
    await bound("cookie")
    browser, tokens = await signed_in(world)
    _, value = binding_cookie(browser)

    assert (await world.userinfo(tokens["access_token"], headers={"Cookie": f"atbv={value}"})).status == 200
    assert (await world.userinfo(tokens["access_token"], headers={"Cookie": "atbv=x"})).status == 401


async def test_its_other_name_is_never_taken_for_a_new_grant(world, bound):
    await bound("cookie")
    browser = world.browser()
    browser.cookies["atbv"] = "planted"

    await world.code_flow(browser)

    assert binding_cookie(browser)[1] != "planted"


async def test_a_client_that_acts_for_itself_gets_unbound_tokens(world, bound):
    await bound("cookie")

    reply = await world.token(grant_type="client_credentials", auth=AUTH)

    assert "binding_type" not in await world.introspect(reply.json()["access_token"])


@pytest.mark.parametrize(("mine", "active"), [(True, True), (False, False)])
async def test_introspection_checks_a_cookie_that_is_forwarded(world, bound, mine, active):
    await bound("cookie")
    browser, tokens = await signed_in(world)
    value = binding_cookie(browser)[1] if mine else "x"

    form = {"token": tokens["access_token"], "limen_cookie": value}
    reply = await world.http.post("/oauth2/introspect", form=form, auth=AUTH)

    assert reply.json()["active"] is active


@pytest.mark.parametrize(("validate", "status"), [(True, 401), (False, 200)])
async def test_revocation_asks_for_it_where_the_policy_does(world, bound, validate, status):
    await bound("cookie", settings={"validate_token_binding": validate})
    browser, tokens = await signed_in(world)
    form = {"token": tokens["access_token"]}

    assert (await world.http.post("/oauth2/revoke", form=form, auth=AUTH)).status == status
    assert (await browser.post("/oauth2/revoke", form=form, auth=AUTH)).status == 200
    assert await world.introspect(tokens["access_token"]) == {"active": False}


async def test_the_cookie_cannot_be_read_by_scripts_nor_sent_in_the_clear(world, bound):
    await bound("cookie")
    browser = world.browser()
    reply = await world.journey(browser, await world.authorize(browser))

    [line] = [line for line in reply.all("set-cookie") if line.startswith("__Host-lm_b_")]
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
