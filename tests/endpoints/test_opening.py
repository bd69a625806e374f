"""The first page of a journey comes with the answer to the authorization request."""

import pytest_asyncio

from tests.world import CALLBACK, SECRET, form_of, make_world, pkce


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    await made.person()
    await made.client()
    yield made
    await made.close()


async def test_who_is_not_signed_in_sees_the_sign_in_page_at_once(world):
    browser = world.browser()

    reply = await world.authorize(browser)

    assert reply.status == 200
    assert reply.header("cache-control") == "no-store"
    assert "frame-ancestors 'none'" in reply.header("content-security-policy")
    assert reply.location.startswith("https://id.test/i/lm_jn_")
    assert reply.location.endswith("/sign_in")
    assert "code" in (await world.journey(browser, reply)).params


async def test_its_form_is_the_one_at_the_journeys_own_address(world):
    browser = world.browser()
    reply = await world.authorize(browser)

    page = await browser.get(reply.location)

    assert form_of(page.text).hidden == form_of(reply.text).hidden


async def test_its_form_is_refused_from_another_browser(world):
    reply = await world.authorize(world.browser())

    sent = await world.browser().submit(reply.location, form_of(reply.text).hidden)

    assert sent.status == 403


async def test_who_is_signed_in_sees_what_is_asked_of_them_at_once(world):
    browser = world.browser()
    await world.code_for(browser)

    reply = await world.authorize(browser, scope="openid email", prompt="consent")

    assert reply.status == 200
    assert reply.location.endswith("/consent")
    assert "code" in (await world.journey(browser, reply)).params


async def test_no_parameter_of_the_request_is_one_of_the_page(world):
    """RFC 6749 §3.1: unrecognized parameters are ignored."""
    browser = world.browser()
    await world.code_for(browser)
    plain = await world.authorize(browser, prompt="login")

    meddled = await world.authorize(browser, prompt="login", another="1", cancel="1", username="eve")

    assert "alice" in plain.text
    own = (form_of(plain.text).hidden[0][1], plain.location)
    theirs = (form_of(meddled.text).hidden[0][1], meddled.location)
    assert plain.text.replace(own[0], "").replace(own[1], "") == meddled.text.replace(theirs[0], "").replace(
        theirs[1], ""
    )


async def test_reloading_begins_anew_and_either_page_goes_on(world):
    browser = world.browser()
    first, second = [await world.authorize(browser) for _ in range(2)]

    assert first.location != second.location
    assert "code" in (await world.journey(browser, first)).params


async def test_a_pushed_request_may_be_reloaded_until_it_is_answered(world):
    """RFC 9126 §4."""
    browser = world.browser()
    asked = {
        "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", **pkce(),
    }  # fmt: skip
    pushed = await world.http.post("/oauth2/par", form=asked, auth=("web", SECRET))
    visit = {"client_id": "web", "request_uri": pushed.json()["request_uri"]}
    pages = [await browser.get("/oauth2/authorize", params=visit) for _ in range(2)]

    answer = await world.journey(browser, pages[1])
    late = await browser.get("/oauth2/authorize", params=visit)

    assert [page.status for page in pages] == [200, 200]
    assert "code" in answer.params
    assert late.status == 400


async def test_it_speaks_the_language_the_application_asks_for(world):
    """OIDC Core §3.1.2.1 ui_locales."""
    reply = await world.authorize(world.browser(), ui_locales="de")

    assert '<html lang="de"' in reply.text


async def test_a_silent_request_that_another_site_posts_finds_who_is_signed_in(world):
    """Browsers keep cookies that are Lax from such a form, but not from where it leads."""
    browser, form = world.browser(), world.browser()
    await world.code_for(browser)
    asked = {"response_type": "code", "client_id": "web", "redirect_uri": CALLBACK, "scope": "openid"}
    asked |= {**pkce(), "prompt": "none", "state": "a b&c"}

    answer = await browser.follow(await form.post("/oauth2/authorize", form=asked))
    too_long = await form.post("/oauth2/authorize", form={**asked, "nonce": "n" * 9_000})

    assert ("code" in answer.params, answer.params["state"]) == (True, "a b&c")
    assert too_long.params["error"] == "login_required"


async def test_a_request_that_was_posted_is_sent_on(world):
    browser = world.browser()
    asked = {"response_type": "code", "client_id": "web", "redirect_uri": CALLBACK, **pkce()}

    reply = await browser.post("/oauth2/authorize", form=asked)

    assert reply.status == 303
    assert reply.header("location").endswith("/sign_in")
