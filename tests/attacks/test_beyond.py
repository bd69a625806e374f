"""Attacks beyond the catalogue: each once succeeded, or nearly, and must not again."""

import json

import pytest

from limen.model.tenant import DetailType
from tests.world import PASSWORD, SECRET, form_of

HUGE = 2**70


@pytest.mark.parametrize("token", ["é", "\u0130" * 40, "", "x"])
async def test_a_form_token_of_strange_letters_is_a_wrong_one(world, token):
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser))
    setup = await browser.get("/setup/nothing")

    taken = await browser.submit(page.url, {"form_token": token, "username": "alice", "password": "x"})
    entered = await browser.submit("/device", {"form_token": token, "user_code": "BCDF-GHJK"})
    await world.code_for(browser)
    left = await browser.submit("/oidc/logout", {"form_token": token, "sign_out": "1"})

    assert setup.status == 404
    assert (taken.status, entered.status) == (403, 403)
    assert left.status in {200, 403}
    assert (await world.authorize(browser, prompt="none")).params.get("code")


@pytest.mark.parametrize("value", [HUGE, -HUGE, 10**400, {"deep": [HUGE]}])
async def test_numbers_that_nothing_can_store_are_refused(world, value):
    await world.tenant(detail_types=(DetailType(type="payment"),))
    details = json.dumps([{"type": "payment", "amount": value}])
    claims = json.dumps({"userinfo": {"email": {"value": value}}})

    by_details = await world.authorize(world.browser(), authorization_details=details)
    by_claims = await world.authorize(world.browser(), claims=claims)

    assert by_details.params["error"] == "invalid_authorization_details"
    assert by_claims.params["error"] == "invalid_request"


async def claims_of_userinfo(world, code):
    tokens = (await world.redeem(code)).json()
    return (await world.userinfo(tokens["access_token"])).json().keys() - {"sub"}


NAMED = json.dumps({"userinfo": {"email": None, "phone_number": None}, "id_token": {"gender": None}})


async def test_claims_by_name_are_not_consented_to_with_something_else(world):
    browser = world.browser()
    await world.code_for(browser)

    silent = await world.authorize(browser, claims=NAMED, prompt="none")
    asked = await world.authorize(browser, claims=NAMED)
    page = await browser.follow(asked)
    code = (await world.journey(browser, asked)).params["code"]
    again = await world.authorize(browser, claims=NAMED, prompt="none")

    assert silent.params["error"] == "consent_required"
    assert all(f"<code>{name}</code>" in page.text for name in ("email", "phone_number", "gender"))
    assert await claims_of_userinfo(world, code) == {"email", "phone_number"}
    assert "code" in again.params


async def test_a_scope_kept_back_is_not_given_by_the_names_of_its_claims(world):
    browser = world.browser()
    begun = await world.authorize(browser, scope="openid email profile", claims=NAMED)
    begun = await signed_in(world, browser, begun)
    form = form_of((await browser.follow(begun)).text)
    kept_back = [pair for pair in form.ticked if pair != ("scope", "email")]

    reply = await browser.submit(begun.location, [*form.hidden, *kept_back, ("allow", "1")])

    given = await claims_of_userinfo(world, reply.params["code"])
    assert "email" not in given
    assert {"phone_number", "name"} <= given


async def test_a_scope_the_client_may_not_have_is_not_given_by_the_names_of_its_claims(world):
    await world.client("narrow", scope="openid phone")
    code = await world.code_for(world.browser(), "narrow", claims=NAMED)

    tokens = (await world.redeem(code, auth=("narrow", SECRET))).json()

    assert (await world.userinfo(tokens["access_token"])).json().keys() == {"sub", "phone_number"}


async def test_consent_that_ran_out_covers_no_details_either(world):
    await world.tenant(detail_types=(DetailType(type="payment"),))
    await world.client("pay", settings={"consent_lifetime": 60})
    details, browser = '[{"type": "payment"}]', world.browser()
    await world.code_for(browser, "pay", scope="", authorization_details=details)
    remembered = await world.authorize(browser, "pay", scope="", authorization_details=details, prompt="none")
    world.clock.forward(61)

    reply = await world.authorize(browser, "pay", scope="", authorization_details=details, prompt="none")

    assert "code" in remembered.params
    assert reply.params["error"] == "consent_required"


async def signed_in(world, browser, begun):
    """Take the first step of a journey; return where it goes on."""
    page = await browser.follow(begun)
    return await browser.submit(page.url, world.fill(page.text, page.url, "alice", PASSWORD, True))
