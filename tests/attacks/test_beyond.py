"""Attacks beyond the catalogue: each once succeeded, or nearly, and must not again."""

import json

import pytest

from limen.model.tenant import DetailType

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
