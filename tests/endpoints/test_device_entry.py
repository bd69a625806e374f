"""How often codes may be tried at the page that takes them (RFC 8628 §5.1; DV-03 of the catalogue)."""

import asyncio

import pytest
import pytest_asyncio
from msgspec import structs

from limen.http.cookies import wire_name
from limen.model.artifacts import Interaction
from limen.model.scope import Scope
from limen.ports.storage import Put
from limen.tokens.digest import digest
from tests.device import Device, add_device_client
from tests.world import PASSWORD, make_world

WRONG = "BBBB-BBBB"


@pytest_asyncio.fixture
async def world(tmp_path):
    """A store that lets requests overtake each other."""
    world = await make_world(f"sqlite://{tmp_path}/limen.db")
    await add_device_client(world)
    await world.person()
    yield world
    await world.close()


async def test_whoever_has_guessed_too_often_learns_nothing_even_of_a_right_code(world):
    device = await Device.start(world)
    for _ in range(20):
        assert (await device.enter(world.browser(), WRONG)).status == 200

    wrong = await device.enter(world.browser(), WRONG)
    right = await device.enter(world.browser())

    assert (wrong.status, right.status) == (429, 429)
    assert wrong.header("retry-after") == right.header("retry-after")
    assert right.header("location") is None


async def test_guesses_at_once_are_no_more_than_guesses_in_turn(world):
    devices = [await Device.start(world) for _ in range(3)]
    tries = [devices[0].enter(world.browser(), WRONG) for _ in range(40)]

    replies = await asyncio.gather(*tries, *(device.enter(world.browser()) for device in devices))

    assert len([reply for reply in replies if reply.status != 429]) <= 20
    assert (await devices[0].enter(world.browser())).status == 429


async def test_right_codes_are_no_guesses_however_many_people_are_at_one_place(world):
    for _ in range(25):
        device = await Device.start(world)
        assert (await device.enter(world.browser())).status == 303

    statuses = [(await device.enter(world.browser(), WRONG)).status for _ in range(21)]

    assert statuses == [200] * 20 + [429]


async def test_right_codes_make_up_for_no_later_guesses(world):
    device = await Device.start(world)
    for _ in range(25):
        await device.enter(world.browser())
    world.clock.forward(600)

    statuses = [(await device.enter(world.browser(), WRONG)).status for _ in range(21)]

    assert statuses == [200] * 20 + [429]


@pytest.mark.parametrize("value", ['a"b', "a,b", "é"])
async def test_a_cookie_that_we_would_not_send_breaks_nothing(world, value):
    await world.client("bound", settings={"token_binding_type": "cookie", "consent": "trusted"})
    browser = world.browser()
    await world.code_for(browser, "bound")
    for name in ("csrf", "binding"):
        browser.cookies[wire_name(name, "tenant-root", secure=True)] = value

    answer = await world.authorize(browser, "bound", prompt="none")
    page = await browser.get("/device")

    assert ("code" in answer.params, page.status) == (True, 200)
    assert value not in browser.cookies.values()


async def test_one_browser_connects_many_devices(world):
    browser = world.browser()
    for _ in range(8):
        device = await Device.start(world)
        assert (await device.enter(browser)).status == 303

    statuses = [(await device.enter(browser, WRONG)).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]


async def test_who_goes_on_guessing_after_being_told_to_wait_locks_nobody_else_out(world):
    impatient, device = world.browser(), await Device.start(world)

    statuses = {(await device.enter(impatient, WRONG)).status for _ in range(40)}

    assert statuses == {200, 429}
    assert (await device.enter(world.browser())).status == 303


async def test_a_decision_that_was_only_written_down_connects_nothing(world):
    device, browser = await Device.start(world), world.browser()
    page = await browser.follow(await device.enter(browser))
    page = await browser.follow(
        await browser.submit(page.url, world.fill(page.text, page.url, "alice", PASSWORD, True))
    )
    found_by = digest(page.url.split("/i/")[1].split("/")[0])
    journey = await world.storage.get(Interaction, "tenant-root", found_by)
    # As a version before this one left it, whose process ended between the step and the decision.
    decided = structs.replace(journey, consented=Scope.parse("openid"), consented_by="sub-alice")
    await world.storage.commit(Put(decided))

    for step in ("device_confirm", "done"):
        reply = await browser.get(page.url.replace("device_confirm", step))

        assert reply.location.endswith("/device?ended=1")
    assert (await device.poll()).error == "authorization_pending"
