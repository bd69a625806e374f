"""The page that asks a signed-in person to confirm: whose account it shows, and the way to another one."""

import re

import pytest
import pytest_asyncio

from tests.device import Device, add_device_client
from tests.world import PASSWORD, SECRET, form_of, make_world

CONFIRM, SIGN_IN, NOT_YOU = "<h1>Confirm it is you</h1>", "<h1>Sign in</h1>", "Not you?"


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    await world.client("web", settings={"consent": "trusted"})
    await world.person()
    await world.person("bob", claims={"name": "Bob Builder"})
    yield world
    await world.close()


@pytest_asyncio.fixture
async def browser(world):
    """Alice's, signed in."""
    browser = world.browser()
    browser.id_token = (await world.code_flow(browser))["id_token"]
    return browser


async def asked(world, browser, **params):
    return await browser.follow(await world.authorize(browser, **params))


async def press(browser, page, username, password=PASSWORD):
    """Send the page's own form to where it wants to go."""
    action = re.search(r'action="([^"]*)"', page.text)[1]
    return await browser.submit(
        action, [*form_of(page.text).hidden, ("username", username), ("password", password)]
    )


async def name_of(world, reply):
    tokens = await world.redeem(reply.params["code"])
    return (await world.userinfo(tokens.json()["access_token"])).json()["sub"]


@pytest.mark.parametrize(
    "params",
    [
        {"prompt": "login"},
        {"prompt": "login", "login_hint": "ALICE"},
        {"prompt": "login", "login_hint": "alice@id.test"},
        {"max_age": "0"},
    ],
)
async def test_it_shows_whose_account_it_is_and_asks_for_the_password_alone(world, browser, params):
    page = await asked(world, browser, **params)

    assert CONFIRM in page.text
    assert "<b>Alice Liddell</b> <small>alice</small>" in page.text
    assert 'id="username"' not in page.text
    assert NOT_YOU in page.text
    assert await name_of(world, await press(browser, page, "alice")) == "sub-alice"


async def test_a_wrong_password_leaves_it_as_it_is(world, browser):
    page = await asked(world, browser, prompt="login")

    again = await press(browser, page, "alice", "wrong")

    assert (CONFIRM in again.text, NOT_YOU in again.text) == (True, True)
    assert "Check your password." in again.text


async def test_somebody_else_signs_in_and_until_then_nothing_changes(world, browser):
    page = await asked(world, browser, prompt="login")

    other = await browser.get(f"{page.url}?another=1")
    again = await press(browser, other, "bob", "wrong")

    for shown in (other, again):
        assert SIGN_IN in shown.text
        assert 'id="username"' in shown.text
        assert f'<a href="{page.url}">Go on as Alice Liddell</a>' in shown.text
    assert "code" in (await world.authorize(browser, prompt="none")).params
    assert CONFIRM in (await browser.get(page.url)).text
    assert await name_of(world, await press(browser, again, "bob")) == "sub-bob"
    assert await name_of(world, await world.authorize(browser, prompt="none")) == "sub-bob"


async def test_who_alone_can_confirm_is_offered_nobody_else(world, browser):
    page = await asked(world, browser, prompt="login", id_token_hint=browser.id_token)

    assert (CONFIRM in page.text, NOT_YOU in page.text) == (True, False)


@pytest.mark.parametrize(
    ("params", "username"),
    [({"prompt": "login", "login_hint": "bob"}, "bob"), ({"prompt": "create"}, ""), ({"hint": "bob"}, "")],
)
async def test_where_somebody_else_is_asked_for_nobody_has_to_confirm(world, browser, params, username):
    if "hint" in params:
        bobs = world.browser()
        reply = await world.journey(bobs, await world.authorize(bobs), username="bob")
        params = {"id_token_hint": (await world.redeem(reply.params["code"])).json()["id_token"]}

    page = await asked(world, browser, **params)

    assert SIGN_IN in page.text
    assert re.search(r'<input id="username"[^>]* value="([^"]*)"', page.text)[1] == username
    assert "Alice" not in page.text


async def test_whoever_connects_a_device_may_be_somebody_else(world, browser):
    await add_device_client(world, default_max_age=60)
    world.clock.forward(61)
    device = await Device.start(world)

    page = await browser.follow(await device.enter(browser))
    assert (CONFIRM in page.text, NOT_YOU in page.text) == (True, True)
    other = await browser.get(f"{page.url}?another=1")
    confirm = await browser.follow(await press(browser, other, "bob"))

    assert "Bob Builder" in confirm.text


async def test_who_is_asked_to_agree_may_be_somebody_else(world, browser):
    await world.client("shop", settings={"consent": "ask"}, client_name="Shop")
    page = await browser.follow(await world.authorize(browser, client_id="shop"))
    assert "Alice Liddell" in page.text
    there = re.search(r'href="([^"]*)">Not you\?', page.text)[1]

    other = await browser.get(there)
    assert f'<a href="{other.url.partition("?")[0]}">Go on as Alice Liddell</a>' in other.text
    back = await browser.follow(await browser.get(other.url.partition("?")[0]))
    assert "Alice Liddell" in back.text
    bobs = await browser.follow(await press(browser, other, "bob"))

    assert "Bob Builder" in bobs.text
    assert "Alice" not in bobs.text
    reply = await browser.submit(bobs.url, [*form_of(bobs.text).hidden, ("allow", "1")])
    tokens = (await world.redeem(reply.params["code"], auth=("shop", SECRET))).json()
    assert (await world.userinfo(tokens["access_token"])).json()["sub"] == "sub-bob"


async def test_who_alone_can_agree_is_offered_nobody_else(world, browser):
    await world.client("shop", settings={"consent": "ask"})
    page = await browser.follow(
        await world.authorize(
            browser, client_id="shop", login_hint="alice", claims='{"id_token":{"sub":{"value":"sub-alice"}}}'
        )
    )

    assert NOT_YOU not in page.text
    assert "Alice Liddell" in page.text
    jumped = await browser.follow(await browser.get(f"{page.url.rpartition('/')[0]}/sign_in?another=1"))
    assert jumped.url == page.url
