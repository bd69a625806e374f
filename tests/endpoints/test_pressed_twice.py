"""A form that is sent twice, by a browser that drops the first answer with all its cookies."""

import asyncio

import pytest

from tests.world import PASSWORD, form_of, make_world


@pytest.fixture(params=["memory:", "sqlite"])
def url(request, tmp_path):
    return request.param if request.param == "memory:" else f"sqlite://{tmp_path}/limen.db"


async def opened(world, client_id, **params):
    """Return a browser that shows the sign-in page, and what its form sends."""
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser, client_id, **params))
    return browser, page.url, [*form_of(page.text).hidden, ("username", "alice"), ("password", PASSWORD)]


def same(world, browser):
    """Return the browser as it is, to go its own way."""
    twin = world.browser()
    twin.cookies = dict(browser.cookies)
    return twin


async def twice(world, browser, url, form, *, at_once):
    """Send the form from the same page with the same cookies; return who got the second answer, and it."""
    second = same(world, browser)
    if at_once:
        _, answer = await asyncio.gather(browser.submit(url, form), second.submit(url, form))
    else:
        await browser.submit(url, form)
        answer = await second.submit(url, form)
    return second, answer


@pytest.mark.parametrize("at_once", [True, False])
async def test_signing_in_goes_on_to_the_app(url, at_once):
    world = await make_world(url)
    await world.client("web", settings={"consent": "trusted"})
    await world.person()
    browser, page, form = await opened(world, "web")

    browser, answer = await twice(world, browser, page, form, at_once=at_once)

    tokens = (await world.redeem(answer.params["code"])).json()
    assert (await world.userinfo(tokens["access_token"])).json()["sub"] == "sub-alice"
    assert "code" in (await world.authorize(browser, prompt="none")).params
    await world.close()


@pytest.mark.parametrize("at_once", [True, False])
async def test_signing_in_goes_on_to_consent_and_agreeing_to_the_app(url, at_once):
    world = await make_world(url)
    await world.client("web")
    await world.person()
    browser, page, form = await opened(world, "web", prompt="login consent")

    browser, answer = await twice(world, browser, page, form, at_once=at_once)

    shown = await browser.follow(answer)
    assert shown.url.endswith("/consent")
    agreed = form_of(shown.text)
    browser, answer = await twice(
        world, browser, shown.url, [*agreed.hidden, *agreed.ticked, ("allow", "1")], at_once=at_once
    )
    answer = await world.journey(browser, answer)
    assert (await world.redeem(answer.params["code"])).status == 200
    await world.close()


async def test_a_wrong_password_is_no_better_the_second_time(url):
    world = await make_world(url)
    await world.client("web", settings={"consent": "trusted"})
    await world.person()
    browser, page, form = await opened(world, "web")
    await same(world, browser).submit(page, form)

    answer = await browser.submit(page, [*form[:-1], ("password", "wrong")])

    assert answer.status == 200
    assert 'role="alert"' in answer.text
    await world.close()


async def test_another_browser_has_no_use_for_the_form(url):
    world = await make_world(url)
    await world.client("web", settings={"consent": "trusted"})
    await world.person()
    browser, page, form = await opened(world, "web")
    await browser.submit(page, form)

    answer = await world.browser().submit(page, form)

    assert answer.location.endswith("/sign_in")
    assert "code" not in answer.params
    await world.close()
