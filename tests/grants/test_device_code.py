"""The device flow from the first code to the tokens (RFC 8628)."""

import asyncio

import pytest_asyncio
from msgspec import structs

from limen.model.artifacts import Interaction
from limen.model.scope import Scope
from limen.ports.storage import EXPIRED_KEPT, Put
from limen.protocol.registered_values import DEVICE_CODE
from limen.tokens.digest import digest
from tests.device import Device, add_device_client
from tests.world import PASSWORD, SECRET, form_of


@pytest_asyncio.fixture
async def home(world):
    """A television, a person, and nobody signed in."""
    await add_device_client(world)
    await world.person()
    return world


async def test_a_device_gets_what_its_person_allowed(home):
    device = await Device.start(home)
    assert (await device.poll()).error == "authorization_pending"

    done = await device.answer(home.browser())
    reply = await device.poll()

    assert (done.status, "Go back to your device" in done.text) == (200, True)
    assert reply.status == 200, reply.text
    tokens = reply.json()
    assert {"access_token", "refresh_token", "id_token"} <= tokens.keys()
    assert tokens["scope"] == "email openid"
    assert (await home.userinfo(tokens["access_token"])).json()["sub"] == "sub-alice"
    claims = home.keys.verify("tenant-root", tokens["id_token"], typ="JWT")
    assert (claims["aud"], claims["amr"]) == ("tv", ["pwd"])


async def test_a_confidential_device_client_authenticates_at_both_endpoints(home):
    await add_device_client(home, "box", token_endpoint_auth_method="client_secret_basic")
    form = {"scope": "openid"}

    anonymous = await home.http.post("/oauth2/device_authorize", form={"client_id": "box", **form})
    reply = await home.http.post("/oauth2/device_authorize", form=form, auth=("box", SECRET))
    device = Device(home, "box", reply.json())
    await device.answer(home.browser())

    assert (anonymous.status, anonymous.error) == (401, "invalid_client")
    assert (await device.poll()).error == "invalid_client"
    assert (await device.poll(auth=("box", SECRET))).status == 200


async def test_somebody_signed_in_is_asked_only_to_confirm(home):
    await home.client("web")
    browser = home.browser()
    await home.code_flow(browser)

    page = await browser.follow(await (await Device.start(home)).enter(browser))

    assert page.url.endswith("/device_confirm")


async def test_the_confirmation_shows_the_code_the_app_the_scopes_and_the_place(home):
    device = await Device.start(home)
    browser = home.browser()
    signed_in = await browser.follow(await device.enter(browser, device.codes["user_code"].lower()))
    reply = await browser.submit(
        signed_in.url, home.fill(signed_in.text, signed_in.url, "alice", PASSWORD, True)
    )

    page = await browser.follow(reply)

    for text in (device.codes["user_code"], "Television", "Your e-mail address", "192.0.2.10"):
        assert text in page.text


async def test_a_refresh_token_outlives_the_browser_session_that_approved(home):
    browser, device = home.browser(), await Device.start(home)
    await device.answer(browser)
    tokens = (await device.poll()).json()
    page = await browser.get("/oidc/logout")
    await browser.submit("/oidc/logout", [*form_of(page.text).hidden, ("sign_out", "1")])

    reply = await home.refresh(tokens["refresh_token"], auth=None, client_id="tv")

    assert reply.status == 200, reply.text


async def test_a_device_code_pays_once(home):
    device = await Device.start(home)
    await device.answer(home.browser())

    replies = await asyncio.gather(*(device.poll() for _ in range(8)))

    assert sorted(reply.status for reply in replies) == [200] + [400] * 7
    assert {reply.error for reply in replies if reply.status == 400} == {"invalid_grant"}


async def test_the_person_may_decide_while_the_device_polls(home):
    device, browser = await Device.start(home), home.browser()

    async def polling():
        for _ in range(200):
            if (await device.poll()).status == 200:
                return True
            await asyncio.sleep(0)
        return False

    done, _ = await asyncio.gather(device.answer(browser), polling())

    assert done.status == 200, done.text


async def test_dv_01_polling_too_fast_slows_down_and_is_remembered(home):
    device = await Device.start(home)
    await device.poll()
    home.clock.forward(3)
    assert (await device.poll()).error == "slow_down"
    home.clock.forward(9)
    assert (await device.poll()).error == "slow_down"
    home.clock.forward(15)
    assert (await device.poll()).error == "authorization_pending"


async def test_dv_02_an_expired_code_is_expired_for_device_and_person(home):
    device, browser = await Device.start(home), home.browser()
    home.clock.forward(device.codes["expires_in"])

    assert (await device.poll()).error == "expired_token"
    page = await device.enter(browser)
    assert (page.status, "run out" in page.text) == (200, True)


async def test_dv_02_an_expired_code_is_told_so_until_the_sweep_has_waited(home):
    device = await Device.start(home)
    home.clock.forward(device.codes["expires_in"])
    told = []

    for seconds in (0, EXPIRED_KEPT - 1, 1):
        home.clock.forward(seconds)
        await home.storage.sweep(home.clock.now() - EXPIRED_KEPT)
        told.append((await device.poll()).error)

    assert told == ["expired_token", "expired_token", "invalid_grant"]


async def test_dv_02_a_code_that_expires_on_the_way_is_not_approved(home):
    device, browser = await Device.start(home), home.browser()
    reply = await device.enter(browser)
    home.clock.forward(device.codes["expires_in"])

    page = await browser.follow(await browser.follow(reply))

    assert "run out" in page.text


async def test_dv_03_the_sixth_wrong_code_of_a_browser_is_too_many(home):
    device, browser = await Device.start(home), home.browser()

    statuses = [(await device.enter(browser, "BBBB-BBBB")).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]
    right = await device.enter(browser)
    assert (right.status, right.header("retry-after")) == (429, "600")
    home.clock.forward(600)
    fresh = await Device.start(home)
    assert (await fresh.enter(browser)).status == 303


async def test_dv_03_the_twenty_first_wrong_code_of_a_source_is_too_many(home):
    device = await Device.start(home)

    statuses = [(await device.enter(home.browser(), "BBBB-BBBB")).status for _ in range(21)]

    assert statuses == [200] * 20 + [429]
    elsewhere = home.browser(client=("198.51.100.7", 40000))
    assert (await device.enter(elsewhere)).status == 303


async def test_dv_05_another_clients_device_code_is_unknown(home):
    await add_device_client(home, "other")
    device = await Device.start(home)
    await device.answer(home.browser())

    assert (await device.poll(client_id="other")).error == "invalid_grant"
    assert (await device.poll()).status == 200


async def test_dv_10_a_client_without_the_grant_is_refused_at_both_endpoints(home):
    await home.client("web")

    begun = await home.http.post("/oauth2/device_authorize", form={}, auth=("web", SECRET))
    polled = await home.token(grant_type=DEVICE_CODE, device_code="x", auth=("web", SECRET))

    assert (begun.status, begun.error) == (400, "unauthorized_client")
    assert (polled.status, polled.error) == (400, "unauthorized_client")


async def test_dv_13_a_denied_code_is_dead(home):
    device, browser = await Device.start(home), home.browser()

    done = await device.answer(browser, allow=False)

    assert "was not connected" in done.text
    assert [(await device.poll()).error for _ in range(2)] == ["access_denied"] * 2
    assert "run out" in (await device.enter(browser)).text


async def test_two_tabs_decide_once(home):
    device, browser = await Device.start(home), home.browser()
    await home.client("web")
    await home.code_flow(browser)
    pages = [await browser.follow(await device.enter(browser)) for _ in range(2)]

    replies = [await browser.submit(p.url, home.fill(p.text, p.url, "", "", True)) for p in pages]

    assert "Go back to your device" in replies[0].text
    assert "run out" in (await browser.follow(replies[1])).text


async def test_a_confirmation_without_its_token_is_refused(home):
    device, browser = await Device.start(home), home.browser()
    page = await browser.follow(await device.enter(browser))

    reply = await browser.submit(page.url, {"username": "alice", "password": PASSWORD, "form_token": "x"})

    assert "another website" in reply.text
    assert (await device.poll()).error == "authorization_pending"


async def test_a_client_disabled_on_the_way_is_not_approved(home):
    device, browser = await Device.start(home), home.browser()
    page = await browser.follow(await device.enter(browser))
    await add_device_client(home, enabled=False)

    assert "switched off" in (await browser.get(page.url)).text


async def test_what_is_no_code_is_unknown(home):
    device = await Device.start(home)

    assert "do not know" in (await device.enter(home.browser(), "BCD")).text


async def test_dv_13_to_cancel_the_sign_in_is_to_deny(home):
    device, browser = await Device.start(home), home.browser()
    page = await browser.follow(await device.enter(browser))
    await browser.submit(page.url, [*form_of(page.text).hidden, ("cancel", "1")])

    assert (await device.poll()).error == "access_denied"


async def test_the_form_must_be_from_our_own_page(home):
    device, browser = await Device.start(home), home.browser()
    await browser.get("/device")

    reply = await browser.submit("/device", {"user_code": device.codes["user_code"], "form_token": "0" * 64})

    assert reply.status == 403 or "another website" in reply.text


async def test_a_link_fills_the_form_but_confirms_nothing(home):
    device, browser = await Device.start(home), home.browser()

    page = await browser.get(device.codes["verification_uri_complete"])

    assert (page.status, f'value="{device.codes["user_code"]}"' in page.text) == (200, True)
    assert (await device.poll()).error == "authorization_pending"


async def test_the_codes_are_nowhere_in_the_store(home):
    device = await Device.start(home)

    await device.enter(home.browser())

    kept = repr([list(shelf.values()) for _, shelf in home.storage._shelves.all()])

    assert device.codes["device_code"] not in kept
    assert device.codes["user_code"].replace("-", "") not in kept


async def test_what_one_person_decided_connects_no_device_to_another(home):
    await home.client("web")
    await home.person("bob")
    device, browser = await Device.start(home), home.browser()
    page = await browser.follow(await device.enter(browser))
    page = await browser.follow(
        await browser.submit(page.url, home.fill(page.text, page.url, "alice", PASSWORD, True))
    )
    # The server stops after it has recorded what alice says, and before the device hears of it.
    handle = page.url.split("/")[-2]
    journey = await home.storage.get(Interaction, "tenant-root", digest(handle))
    decided = structs.replace(journey, consented=Scope.parse("openid email"), consented_by="sub-alice")
    await home.storage.commit(Put(decided))
    other_tab = await browser.follow(await home.authorize(browser, prompt="login"))
    await browser.submit(other_tab.url, home.fill(other_tab.text, other_tab.url, "bob", PASSWORD, True))

    shown = await browser.get(page.url)

    assert (await device.poll()).error == "authorization_pending"
    assert "bob" in shown.text
    assert 'name="allow"' in shown.text
