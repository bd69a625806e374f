"""Attacks beyond the catalogue: each once succeeded, or nearly, and must not again."""

import base64
import json

import pytest

from limen.model.tenant import DetailType, Registration, Resource
from tests.applicant import apply
from tests.proofs import ClientKey, asserted, assertion_claims
from tests.world import PASSWORD, SECRET, form_of, make_world

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


async def test_who_asks_for_no_scope_is_not_told_who_is_there_before_somebody_agreed(world):
    browser = world.browser()
    await world.client("stranger")
    await world.code_for(browser)

    silent = await world.authorize(browser, "stranger", scope=None, prompt="none")
    asked = await world.authorize(browser, "stranger", scope=None)

    assert silent.params["error"] == "consent_required"
    assert "allow" in form_of(asked.text).buttons
    assert "You allowed this before" not in asked.text
    assert "It learns who you are, and nothing else about you." in asked.text
    await browser.submit(asked.location, [*form_of(asked.text).hidden, ("allow", "1"), ("remember", "1")])
    assert "code" in (await world.authorize(browser, "stranger", scope=None, prompt="none")).params


@pytest.mark.parametrize("by", ["claims", "id_token_hint"])
async def test_a_client_with_subjects_of_its_own_finds_out_no_other_s(world, by):
    """OIDC Core §8: who knows a public subject could learn here whom a pairwise one stands for."""
    await world.client("secretive", subject_type="pairwise")
    browser = world.browser()
    public = await world.code_flow(browser)
    await world.code_for(browser, "secretive")
    named = json.dumps({"id_token": {"sub": {"value": "sub-alice"}}})
    guess = named if by == "claims" else public["id_token"]

    silent = await world.authorize(browser, "secretive", prompt="none", **{by: guess})
    page = await world.authorize(browser, "secretive", **{by: guess})
    alice = [("username", "alice"), ("password", PASSWORD)]
    answer = await browser.submit(page.location, [*form_of(page.text).hidden, *alice])

    assert silent.params["error"] == answer.params["error"] == "login_required"


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


async def test_who_lets_itself_in_gets_nothing_without_a_person(world):
    resources = (Resource(resource="https://api.test", scopes=("pay",)),)
    await world.tenant(registration=Registration(mode="open"), resources=resources)

    reply = await apply(world, grant_types=["client_credentials"], redirect_uris=None)

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_a_refresh_token_does_not_betray_whom_a_pairwise_subject_stands_for(world):
    await world.client("secretive", subject_type="pairwise")
    tokens = await world.code_flow(world.browser(), "secretive", auth=("secretive", SECRET))

    told = await world.introspect(tokens["refresh_token"])

    assert told["active"]
    assert told["sub"] == (await world.introspect(tokens["access_token"]))["sub"] != "sub-alice"


async def test_a_tenant_s_second_life_knows_no_session_of_its_first(world):
    browser = world.browser()
    await world.code_for(browser)
    await world.tenant(enabled=False, not_before=world.clock.now() + 1)
    assert (await world.authorize(browser)).status == 404
    world.clock.forward(2)
    await world.tenant(not_before=world.clock.now() - 1)

    assert (await world.authorize(browser, prompt="none")).params["error"] == "login_required"


async def test_unsigned_id_tokens_end_when_the_tenant_forbids_them(world):
    await world.tenant(legacy=frozenset({"alg_none"}))
    await world.client("naive", id_token_signed_response_alg="none")
    await world.code_flow(world.browser(), "naive", auth=("naive", SECRET))
    await world.tenant()
    code = await world.code_for(world.browser(), "naive")

    reply = await world.redeem(code, auth=("naive", SECRET))

    assert (reply.status, reply.error) == (400, "unauthorized_client")


async def test_jw_09_other_jwts_of_ours_are_no_hint(world):
    browser = world.browser()
    await world.client("signed", userinfo_signed_response_alg="RS256")
    tokens = await world.code_flow(browser, "signed", auth=("signed", SECRET))
    userinfo = (await world.userinfo(tokens["access_token"])).text
    answer = (await world.authorize(browser, "signed", response_mode="jwt")).params["response"]

    for other in (userinfo, answer):
        asked = await world.authorize(browser, id_token_hint=other, prompt="none")
        left = await browser.get("/oidc/logout", params={"id_token_hint": other})
        assert asked.params["error"] == "invalid_request"
        assert left.status == 400
    assert "code" in (await world.authorize(browser, "signed", prompt="none")).params


async def test_control_characters_in_a_name_reach_no_store(world, postgres_url):
    on_postgres = await make_world(postgres_url)
    key = ClientKey()
    for client_id in ("a\0b", "\0", "a%00b", "\x1b[2J", "a\r\nb"):
        raw = base64.b64encode(f"{client_id}:secret".encode()).decode()
        for each in (world, on_postgres):
            for how in (
                {"headers": {"Authorization": f"Basic {raw}"}},
                asserted(key.sign(assertion_claims(each, client_id))),
                {"client_id": client_id, "client_secret": "x"},
            ):
                reply = await each.token(grant_type="client_credentials", **how)
                assert reply.status in {400, 401}
    await on_postgres.close()


async def test_nobody_consents_on_a_page_that_was_shown_to_somebody_else(world):
    await world.person("bob")
    browser = world.browser()
    begun = await signed_in(world, browser, await world.authorize(browser, scope="openid email"))
    shown_to_alice = form_of((await browser.follow(begun)).text)
    other_tab = await browser.follow(await world.authorize(browser, prompt="login"))
    await browser.submit(other_tab.url, world.fill(other_tab.text, other_tab.url, "bob", PASSWORD, True))

    form = [*shown_to_alice.hidden, *shown_to_alice.ticked, ("allow", "1")]
    reply = await browser.submit(begun.location, form)
    again = form_of(reply.text)
    answer = await browser.submit(begun.location, [*again.hidden, *again.ticked, ("allow", "1")])

    assert reply.status == 200
    assert "bob" in reply.text
    assert await world.storage.consent("tenant-root", "sub-bob", "web") is not None
    assert await world.storage.consent("tenant-root", "sub-alice", "web") is None
    assert "code" in answer.params


async def test_journeys_without_end_do_not_crowd_a_browser_out(world):
    browser = world.browser()
    first = await world.authorize(browser)
    for _ in range(200):
        last = await world.authorize(browser)
        assert last.status == 200

    assert (await browser.follow(first)).status == 403
    assert "code" in (await world.journey(browser, last)).params
    assert len(browser.cookies) < 25
