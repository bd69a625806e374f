"""Where signing out leads, and to whom it listens (OIDC RP-Initiated Logout §2)."""

import pytest_asyncio

from tests.world import form_of, make_world

OUT = "https://app.test/out"


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    await world.client("web", post_logout_redirect_uris=(OUT, f"{OUT}?from=web"))
    await world.client("other", post_logout_redirect_uris=(OUT,))
    await world.person()
    yield world
    await world.close()


async def is_signed_in(world, browser):
    return (await world.authorize(browser, prompt="none")).params.get("error") != "login_required"


async def test_a_hint_for_another_client_is_refused(world):
    browser = world.browser()
    hint = (await world.code_flow(browser))["id_token"]

    reply = await browser.get("/oidc/logout", params={"id_token_hint": hint, "client_id": "other"})

    assert reply.status == 400
    assert await is_signed_in(world, browser)


async def test_an_unknown_client_is_refused(world):
    browser = world.browser()
    await world.code_flow(browser)

    assert (await browser.get("/oidc/logout", params={"client_id": "nobody"})).status == 400
    assert await is_signed_in(world, browser)


async def test_who_stays_signed_in_is_sent_back_with_word_of_it(world):
    browser = world.browser()
    await world.code_flow(browser)

    for address, mark in ((OUT, "?"), (f"{OUT}?from=web", "&")):
        asked = {"client_id": "web", "post_logout_redirect_uri": address}
        page = await browser.get("/oidc/logout", params=asked)
        left = await browser.submit("/oidc/logout", form_of(page.text).hidden)
        assert left.location.startswith(f"{address}{mark}error=access_denied&")
        assert await is_signed_in(world, browser)


async def test_who_stays_signed_in_and_came_from_nowhere_is_shown_the_home_page(world):
    browser = world.browser()
    await world.code_flow(browser)
    page = await browser.get("/oidc/logout")

    left = await browser.submit("/oidc/logout", form_of(page.text).hidden)

    assert (left.status, left.header("location")) == (200, None)
    assert await is_signed_in(world, browser)
