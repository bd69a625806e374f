"""What strangers leave behind when they begin journeys, and how a journey nobody acted on goes on."""

import re
import secrets
from urllib.parse import parse_qsl, urljoin, urlsplit

import apsw
import pytest
import pytest_asyncio

from tests.world import CALLBACK, PASSWORD, SECRET, form_of, make_world, pkce

FRESH, DAY = 1_800, 86_400
LONG = {"nonce": "a" * 43, "login_hint": secrets.token_urlsafe(6_000)}
TOO_OLD = "This page is too old"


@pytest_asyncio.fixture
async def world(tmp_path):
    """A server that keeps everything in one file."""
    world = await make_world(f"sqlite://{tmp_path}/limen.db")
    await world.client("web", settings={"consent": "trusted"})
    await world.client("spa", token_endpoint_auth_method="none")
    await world.person()
    world.file = f"{tmp_path}/limen.db"
    yield world
    await world.close()


def rows(world):
    """Count every row there is."""
    database = apsw.Connection(world.file, flags=apsw.SQLITE_OPEN_READONLY)
    names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
    counted = sum(next(database.execute(f'select count(*) from "{name}"'))[0] for name in names)
    database.close()
    return counted


def long_form():
    return {
        "response_type": "code", "client_id": "web", "redirect_uri": CALLBACK, "scope": "openid",
        "state": "a-state", **pkce(), **LONG,
    }  # fmt: skip


async def press(world, browser, page, **buttons):
    """Fill in the sign-in form as alice, or press a button of it."""
    pressed, form = buttons or {"username": "alice", "password": PASSWORD}, form_of(page.text)
    return await browser.submit(urljoin(page.url, form.action), [*form.hidden, *pressed.items()])


async def push(world, client_id="web", auth=("web", SECRET), **params):
    form = {
        "client_id": client_id, "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid",
        "state": "a-state", **pkce(), **params,
    }  # fmt: skip
    reply = await world.http.post("/oauth2/par", form=form, auth=auth)
    assert reply.status == 201, reply.text
    return reply.json()["request_uri"]


async def visit(world, browser, request_uri, client_id="web"):
    return await browser.get("/oauth2/authorize", params={"client_id": client_id, "request_uri": request_uri})


def answered(reply):
    """Return what a redirect to the application carries."""
    assert reply.location.startswith(CALLBACK), (reply.status, reply.location)
    return dict(parse_qsl(urlsplit(reply.location).query))


@pytest.mark.parametrize("start", ["get", "post", "approve"])
async def test_whoever_does_not_sign_in_leaves_nothing_behind(world, start):
    asked = {"response_type": "code", "client_id": "web", "redirect_uri": CALLBACK, "scope": "openid"}
    before = rows(world)

    for number in range(20):
        browser = world.browser()
        if start == "get":
            reply = await world.authorize(browser, state="x" * 4_000, nonce=str(number))
        elif start == "post":
            padding = {"unknown": "y" * 50_000}
            reply = await browser.post("/oauth2/authorize", form={**asked, **pkce(), **padding})
        else:
            reply = await browser.get(f"/approve/{number:064x}")
        page = await browser.follow(reply)
        assert page.status == 200
        assert (await press(world, browser, page, cancel="1")).status == 303

    assert rows(world) == before


async def test_a_signed_in_persons_no_stands_and_is_told(world):
    await world.client("asks", redirect_uris=(CALLBACK,))
    browser = world.browser()
    await world.code_for(browser)
    page = await world.authorize(browser, "asks", scope="openid email")

    refused = answered(await press(world, browser, page, deny="1"))

    assert refused["error"] == "access_denied"
    told = [event for event in await world.storage.events("tenant-root") if event.name == "consent.denied"]
    assert [event.client_id for event in told] == ["asks"]
    assert answered(await press(world, browser, page, allow="1"))["error"] == "access_denied"


async def test_a_strangers_no_in_a_kept_journey_stands(world):
    browser = world.browser()
    page = await browser.follow(await browser.post("/oauth2/authorize", form=long_form()))

    assert answered(await press(world, browser, page, cancel="1"))["error"] == "access_denied"

    assert answered(await press(world, browser, page))["error"] == "access_denied"


async def test_what_is_too_long_for_a_url_is_kept_for_one_sign_in(world):
    browser = world.browser()
    begun = await browser.post("/oauth2/authorize", form=long_form())
    page = await browser.follow(begun)

    reply = await press(world, browser, page)

    assert answered(reply)["state"] == "a-state"
    late = world.browser()
    page = await late.follow(await late.post("/oauth2/authorize", form=long_form()))
    world.clock.forward(FRESH)
    assert TOO_OLD in (await press(world, late, page)).text
    await world.storage.sweep(world.clock.now())
    assert TOO_OLD in (await late.get(page.url)).text


async def test_one_place_cannot_have_many_long_requests_kept(world):
    near, far = ({"client": (address, 40_000)} for address in ("198.51.100.7", "198.51.100.8"))
    form = long_form()
    for _ in range(60):
        assert (await world.browser(**near).post("/oauth2/authorize", form=form)).status == 303
    before = rows(world)

    refused = await world.browser(**near).post("/oauth2/authorize", form=form)

    assert refused.status == 429
    assert 0 < int(refused.header("retry-after")) <= 600
    assert rows(world) == before
    assert (await world.browser(**far).post("/oauth2/authorize", form=form)).status == 303
    assert (await world.authorize(world.browser(**near))).status == 200, "others at this place go on"
    world.clock.forward(600)
    assert (await world.browser(**near).post("/oauth2/authorize", form=form)).status == 303


async def test_long_requests_that_were_pushed_by_a_proven_client_are_neither_counted_nor_short_lived(world):
    for _ in range(61):
        browser = world.browser()
        page = await browser.follow(await visit(world, browser, await push(world, **LONG)))
    world.clock.forward(FRESH + 1)

    again = await press(world, browser, page)
    page = await browser.follow(again)

    assert answered(await press(world, browser, page))["state"] == "a-state"


async def test_long_requests_that_anybody_can_push_are_counted(world):
    replies = []
    for _ in range(61):
        request_uri = await push(world, "spa", None, **LONG)
        replies.append((await visit(world, world.browser(), request_uri, "spa")).status)

    assert replies == [200] * 60 + [429]


async def test_an_expired_tab_starts_again_from_its_own_address(world):
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser, state="kept"))
    world.clock.forward(DAY - 1)
    await world.storage.sweep(world.clock.now())

    again = await press(world, browser, page)
    page = await browser.follow(again)

    assert page.status == 200
    assert answered(await press(world, browser, page))["state"] == "kept"


async def test_a_tab_of_yesterday_is_too_old_and_leads_back_to_its_application(world):
    await world.client("web", client_uri="https://app.test/")
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser))
    world.clock.forward(DAY)

    reply = await press(world, browser, page)

    assert (reply.status, TOO_OLD in reply.text) == (400, True)
    assert re.search(r'<a class="button main" href="https://app.test/">Back to Web</a>', reply.text)


async def test_a_doubled_form_and_a_doubled_tab_both_arrive(world):
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser, state="one"))
    copy = await browser.get(page.url)

    first = await press(world, browser, page)
    second = await press(world, browser, copy)
    again = await world.journey(browser, await browser.get(page.url))

    assert answered(first)["state"] == "one"
    assert answered(await world.journey(browser, second))["state"] == "one"
    assert answered(again)["state"] == "one"


@pytest.mark.parametrize("end", [{}, {"cancel": "1"}])
async def test_a_pushed_request_ends_with_its_journey(world, end):
    browser = world.browser()
    page = await browser.follow(await visit(world, browser, await push(world)))

    reply = await press(world, browser, page, **end)

    assert ("code" in answered(reply)) is not bool(end)
    for seconds in (0, FRESH, DAY - FRESH - 1, 1):
        world.clock.forward(seconds)
        await world.storage.sweep(world.clock.now())
        back = await browser.get(page.url)
        assert (back.status, TOO_OLD in back.text) == (400, True)


async def test_no_tab_of_a_pushed_request_outlives_the_memory_that_it_was_used(world):
    used, kept = world.browser(), world.browser()
    begun = await visit(world, used, await push(world))
    world.clock.forward(FRESH)
    page = await used.follow(await used.get(begun.location))
    assert "code" in answered(await press(world, used, page))

    world.clock.forward(DAY - FRESH - 1)
    again = await kept.follow(await kept.get(begun.location))
    assert again.status == 200
    world.clock.forward(FRESH + 1)
    await world.storage.sweep(world.clock.now())

    assert TOO_OLD in (await kept.get(again.url)).text


async def test_a_handle_is_good_as_it_is_and_where_it_was_made_alone(world):
    await world.tenant("other")
    browser = world.browser()
    page = await browser.follow(await world.authorize(browser))
    head, handle, step = page.url.rsplit("/", 2)

    foreign = world.keys.seal("tenant-root", "jn", b"of another version")
    for altered in (
        foreign,
        handle[:-4] + "AAAA",
        handle[:40],
        handle + "A",
        handle.replace("lm_jn_", "lm_ac_"),
    ):
        assert TOO_OLD in (await browser.get(f"{head}/{altered}/{step}")).text
    assert TOO_OLD in (await browser.get(f"/t/other/i/{handle}/{step}")).text
    elsewhere = await world.browser().get(page.url)
    assert (elsewhere.status, "another browser" in elsewhere.text) == (403, True)
