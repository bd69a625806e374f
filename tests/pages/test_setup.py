"""The set-up link makes one administrator, once."""

import pytest_asyncio

from limen.admin import setup
from limen.admin.operation import OPERATOR
from tests.world import form_of, make_world

LONG = "a long enough passphrase"


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    yield world
    await world.close()


async def link_of(world):
    handle = await setup.issue(setup.IssueLink(), OPERATOR, world.ports)
    return f"/setup/{handle.reveal()}"


async def choose(browser, link, username, password):
    page = await browser.get(link)
    assert page.status == 200
    return await browser.submit(
        link, [*form_of(page.text).hidden, ("username", username), ("password", password)]
    )


async def test_the_link_makes_an_administrator_who_can_sign_in(world):
    link = await link_of(world)
    await world.client("web")

    reply = await choose(world.browser(), link, "root", LONG)

    assert (reply.status, "You are the administrator" in reply.text) == (200, True)
    browser = world.browser()
    answer = await world.journey(browser, await world.authorize(browser), username="root", password=LONG)
    assert "code" in answer.params


async def test_ad_15_the_link_works_once(world):
    link = await link_of(world)
    await choose(world.browser(), link, "root", LONG)

    again = await world.browser().get(link)
    assert (again.status, "not valid any more" in again.text) == (404, True)


async def test_the_link_dies_after_fifteen_minutes(world):
    link = await link_of(world)
    world.clock.forward(15 * 60)

    assert (await world.browser().get(link)).status == 404


async def test_a_short_password_is_refused_and_the_link_lives_on(world):
    link = await link_of(world)

    refused = await choose(world.browser(), link, "root", "too short")
    assert (refused.status, 'role="alert"' in refused.text, "root" in refused.text) == (200, True, True)
    taken = await choose(world.browser(), link, "root", LONG)
    assert "You are the administrator" in taken.text


async def test_a_form_from_elsewhere_does_nothing(world):
    link = await link_of(world)

    reply = await world.browser().submit(link, {"username": "root", "password": LONG})
    assert reply.status == 403
    assert await world.storage.person_named("tenant-root", "root") is None
