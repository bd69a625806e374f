"""Whole journeys in Chromium, over a real server, to a real application's address and back."""

import asyncio
import contextlib
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec import structs

from limen.ports.storage import Put
from limen.tokens.journey import open_journey
from tests.loopback import application

WITHOUT_SCRIPT = {"java_script_enabled": False}


async def sign_in(tab, username="alice", password=None):
    await tab.fill("#username", username)
    await tab.fill("#password", password)
    await tab.click("button.main")


async def signed_in(tab, site, password, **params):
    """Bring the tab's browser into a session, by way of the application that needs no consent."""
    await tab.goto(site.start(client_id="trusted", **params))
    await sign_in(tab, password=password)
    await tab.wait_for_url(f"{site.callback}**")
    brought = await site.brought()
    site.app.came.clear()
    return brought


async def test_a_person_signs_in_and_agrees_by_keyboard_alone(visit, site, password):
    tab = await visit()

    await tab.goto(site.start())
    assert await tab.look() == "Sign in"
    await tab.keyboard.type("alice")
    await tab.keyboard.press("Tab")
    await tab.keyboard.type(password)
    await tab.keyboard.press("Enter")
    await tab.wait_for_url("**/consent")
    assert await tab.look() == "Payroll asks for access"
    for _ in range(20):
        await tab.keyboard.press("Tab")
        if await tab.evaluate("document.activeElement.name") == "allow":
            break
    await tab.keyboard.press("Enter")
    await tab.wait_for_url(f"{site.callback}**")

    brought = await site.brought()
    assert (brought["state"], brought["iss"]) == ("a-state", site.base)
    assert (await site.redeem(brought))["email"] == "alice@id.test"


async def test_everything_works_without_script(visit, site, password):
    tab = await visit(**WITHOUT_SCRIPT)

    await tab.goto(site.start(response_mode="form_post"))
    await sign_in(tab, password="wrong")
    await tab.wait_for_selector("text=That combination did not work.")
    await sign_in(tab, password=password)
    await tab.uncheck("input[value=email]")
    await tab.click("button[name=allow]")
    await tab.click("text=Continue >> nth=-1")
    await tab.wait_for_url(site.callback)

    assert site.app.came[-1][0] == "POST"
    person = await site.redeem(await site.brought())
    assert person["name"] == "Alice Liddell"
    assert "email" not in person

    await tab.goto(
        f"{site.base}/oidc/logout?client_id=asking&post_logout_redirect_uri={site.app.base}/out&state=bye"
    )
    await tab.click("button[name=sign_out]")
    assert await site.brought("/out") == {"state": "bye"}


async def test_form_post_leaves_by_itself_with_script(visit, site, password):
    tab = await visit()
    await signed_in(tab, site, password)

    await tab.goto(site.start(client_id="trusted", response_mode="form_post"))

    brought = await site.brought()
    assert site.app.came[-1][0] == "POST"
    assert (await site.redeem(brought, "trusted"))["sub"] == "sub-alice"


async def test_two_tabs_of_one_browser_both_arrive(visit, site, password):
    first = await visit()
    second = await first.context.new_page()
    await first.goto(site.start(state="first", client_id="trusted"))
    await second.goto(site.start(state="second", client_id="trusted"))

    await sign_in(first, password=password)
    await first.wait_for_url(f"{site.callback}**")
    assert (await site.brought())["state"] == "first"
    await sign_in(second, password=password)
    await second.wait_for_url(f"{site.callback}**")

    brought = await site.brought()
    assert brought["state"] == "second"
    assert (await site.redeem(brought, "trusted"))["sub"] == "sub-alice"


async def test_one_journey_in_two_tabs_arrives_from_both(visit, site, password):
    first = await visit()
    second = await first.context.new_page()
    await first.goto(site.start(client_id="trusted"))
    await second.goto(await address(first))

    await sign_in(first, password=password)
    await first.wait_for_url(f"{site.callback}**")
    code = (await site.brought())["code"]
    await sign_in(second, password=password)
    await second.wait_for_url(f"{site.callback}**")

    brought = await site.brought()
    assert brought["code"] != code
    assert (await site.redeem(brought, "trusted"))["sub"] == "sub-alice"


async def address(tab):
    """The journey's own address of the page that a tab shows."""
    return await tab.eval_on_selector("form", "form => form.action")


async def age(site, tab, **moments):
    """Let time pass over the journey a tab is on."""
    handle = (await address(tab)).split("/i/")[1].split("/")[0]

    async def work(seed):
        await seed.ports.keys.load("tenant-root")
        # Nobody has done anything yet: the address of the page is all there is of the journey.
        found = open_journey(seed.ports.keys, "tenant-root", handle)
        await seed.ports.storage.commit(Put(structs.replace(found, carried=False, **moments)))

    await asyncio.to_thread(site.live.run, work)


async def test_a_page_that_was_open_for_too_long_recovers(visit, site, password):
    tab = await visit()
    await tab.goto(site.start(state="kept"))
    await age(site, tab, fresh_until=int(time.time()) - 1)

    await sign_in(tab, password=password)
    await tab.wait_for_selector("#username")
    assert await tab.look() == "Sign in"
    await sign_in(tab, password=password)
    await tab.click("button[name=allow]")
    await tab.wait_for_url(f"{site.callback}**")

    assert (await site.brought())["state"] == "kept"


async def test_a_page_of_yesterday_says_what_to_do(visit, site, password):
    tab = await visit()
    await tab.goto(site.start())
    now = int(time.time())
    await age(site, tab, fresh_until=now - 80_000, expires_at=now - 1)

    await sign_in(tab, password=password)

    assert await tab.look() == "This page is too old"
    assert "start again" in await tab.inner_text("main")
    reference = await tab.inner_text("#reference")
    assert await asyncio.to_thread(site.live.logged, reference)


async def test_back_goes_on_instead_of_ending(visit, site, password):
    tab = await visit()
    await tab.goto(site.start())
    await sign_in(tab, password=password)
    await tab.wait_for_url("**/consent")

    await tab.go_back()
    assert await tab.look() == "Payroll asks for access"
    await tab.click("button[name=allow]")
    await tab.wait_for_url(f"{site.callback}**")
    await site.redeem(await site.brought())
    await tab.go_back()

    assert await tab.look() == "Payroll asks for access"
    await tab.click("button[name=allow]")
    await tab.wait_for_url(f"{site.callback}**")
    assert (await site.redeem(await site.brought()))["sub"] == "sub-alice"


async def test_a_form_that_is_pressed_twice_goes_on(visit, site, password):
    tab = await visit()
    await tab.goto(site.start(client_id="trusted"))
    await tab.fill("#username", "alice")
    await tab.fill("#password", password)

    await tab.dblclick("button.main")
    await tab.wait_for_url(f"{site.callback}**")

    assert (await site.redeem(await site.brought(), "trusted"))["sub"] == "sub-alice"


async def test_a_form_that_is_pressed_twice_without_script_asks_again_at_worst(visit, site, password):
    tab = await visit(**WITHOUT_SCRIPT)
    await tab.goto(site.start(client_id="trusted"))
    old = tab.url
    await tab.fill("#username", "alice")
    await tab.fill("#password", password)

    await tab.dblclick("button.main")
    await tab.wait_for_url(lambda url: url != old)
    # The browser may have dropped the first answer, and its cookies: then the request starts again.
    if not tab.url.startswith(site.callback):
        await sign_in(tab, password=password)
        await tab.wait_for_url(f"{site.callback}**")

    assert (await site.redeem(await site.brought(), "trusted"))["sub"] == "sub-alice"


async def test_a_popup_answers_its_opener(visit, site, password):
    tab = await visit()
    await tab.goto(site.app.base)
    async with tab.expect_popup() as opened:
        await tab.evaluate(
            "url => void (window.popup = open(url, 'sign-in', 'width=480,height=640'))", site.start()
        )
    popup = await opened.value
    await sign_in(popup, password=password)
    await popup.click("button[name=allow]")
    await popup.wait_for_url(f"{site.callback}**")

    told = await popup.evaluate("opener.document.title = new URLSearchParams(location.search).get('state')")

    assert (told, await tab.title()) == ("a-state", "a-state")
    await popup.close()


@pytest.mark.parametrize("button", ["cancel", "deny"])
async def test_a_person_says_no(visit, site, password, button):
    tab = await visit()
    await tab.goto(site.start())
    if button == "deny":
        await sign_in(tab, password=password)
        await tab.wait_for_url("**/consent")

    await tab.click(f"button[name={button}]")

    brought = await site.brought()
    assert (brought["error"], brought["state"], brought["iss"]) == ("access_denied", "a-state", site.base)
    assert "code" not in brought


async def test_a_person_goes_on_as_the_one_they_are(visit, site, password):
    tab = await visit()
    await signed_in(tab, site, password)

    await tab.goto(site.start(client_id="trusted", prompt="select_account"))
    assert await tab.look() == "Choose an account"
    await tab.click("text=Alice Liddell")

    assert (await site.redeem(await site.brought(), "trusted"))["sub"] == "sub-alice"


async def test_a_person_goes_on_as_somebody_else(visit, site, password):
    tab = await visit()
    await signed_in(tab, site, password)

    await tab.goto(site.start(client_id="trusted", prompt="select_account"))
    await tab.click("text=Use another account")
    await tab.wait_for_selector("#username")
    assert await tab.look() == "Sign in"
    await sign_in(tab, "bob", password)

    assert (await site.redeem(await site.brought(), "trusted"))["name"] == "Bob Builder"


async def test_prompt_login_asks_a_signed_in_person_again(visit, site, password):
    tab = await visit()
    await signed_in(tab, site, password)

    await tab.goto(site.start(client_id="trusted", prompt="login"))
    assert await tab.look() == "Confirm it is you"
    assert await tab.inner_text(".person b") == "Alice Liddell"
    assert not await tab.is_visible("input[name=username]")
    await tab.fill("#password", "wrong")
    await tab.keyboard.press("Enter")
    await tab.wait_for_selector("text=That combination did not work.")
    await tab.look()
    await tab.fill("#password", password)
    await tab.keyboard.press("Enter")

    assert (await site.redeem(await site.brought(), "trusted"))["sub"] == "sub-alice"


async def test_whoever_is_asked_to_confirm_may_be_somebody_else(visit, site, password):
    tab = await visit()
    await signed_in(tab, site, password)
    await tab.goto(site.start(client_id="trusted", prompt="login"))

    await tab.click("text=Not you?")
    assert await tab.look() == "Sign in"
    assert await tab.input_value("#username") == ""
    await tab.click("text=Go on as Alice Liddell")
    assert await tab.look() == "Confirm it is you"
    await tab.click("text=Not you?")
    await sign_in(tab, "bob", "wrong")
    await tab.wait_for_selector("text=That combination did not work.")
    assert await tab.input_value("#username") == "bob"
    await tab.fill("#password", password)
    await tab.keyboard.press("Enter")

    assert (await site.redeem(await site.brought(), "trusted"))["name"] == "Bob Builder"


async def test_whoever_is_asked_to_confirm_may_be_somebody_else_without_script(visit, site, password):
    tab = await visit(**WITHOUT_SCRIPT)
    await signed_in(tab, site, password)
    await tab.goto(site.start(client_id="trusted", prompt="login"))

    await tab.click("text=Not you?")
    await sign_in(tab, "bob", password)

    assert (await site.redeem(await site.brought(), "trusted"))["name"] == "Bob Builder"


async def test_prompt_none_answers_without_a_page(visit, site, password):
    tab = await visit()
    await tab.goto(site.start(client_id="trusted", prompt="none"))
    assert (await site.brought())["error"] == "login_required"
    await signed_in(tab, site, password)

    await tab.goto(site.start(client_id="trusted", prompt="none"))

    assert "code" in await site.brought()


async def test_signing_out_asks_and_then_shows_a_closed_door(visit, site, password):
    tab = await visit()
    await signed_in(tab, site, password)

    await tab.goto(f"{site.base}/oidc/logout")
    assert await tab.look() == "Sign out of Limen?"
    await tab.click("button[name=sign_out]")
    await tab.wait_for_selector("text=You are signed out")
    await tab.look()
    await tab.go_back()

    await tab.goto(site.start(client_id="trusted", prompt="none"))
    assert (await site.brought())["error"] == "login_required"


POSTED = """<!doctype html><title>An app</title><form method="post" action="{action}">{fields}
<button>Go</button></form>"""


@contextlib.contextmanager
def posting(action, **fields):
    """Serve a page of another site that posts a form to us."""
    inputs = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    with application({"/": POSTED.format(action=action, fields=inputs)}, host="127.0.0.1") as app:
        yield f"{app.base}/"


async def test_signing_out_by_a_form_of_another_site_ends_the_session(visit, site, password):
    """RP-Initiated Logout §2: browsers keep our cookies from such a form (SameSite=Lax)."""
    tab = await visit()
    brought = await signed_in(tab, site, password)
    hint = (await asyncio.to_thread(site.tokens, brought, "trusted"))["id_token"]

    with posting(f"{site.base}/oidc/logout") as elsewhere:
        await tab.goto(elsewhere)
        await tab.click("button")
        assert await tab.look() == "Sign out of Limen?"
    await tab.goto(site.start(client_id="trusted", prompt="none"))
    assert "code" in await site.brought()
    with posting(f"{site.base}/oidc/logout", id_token_hint=hint) as elsewhere:
        await tab.goto(elsewhere)
        kept = await tab.context.cookies()
        await tab.click("button")
        assert await tab.look() == "You are signed out"
    await tab.context.add_cookies(kept)

    site.app.came.clear()
    await tab.goto(site.start(client_id="trusted", prompt="none"))
    assert (await site.brought())["error"] == "login_required"


@pytest.mark.parametrize("params", [{"prompt": "none"}, {}])
async def test_a_request_posted_by_another_site_finds_who_is_signed_in(visit, site, password, params):
    tab = await visit()
    await signed_in(tab, site, password)
    asked = dict(parse_qsl(urlsplit(site.start(client_id="trusted", **params)).query))

    with posting(f"{site.base}/oauth2/authorize", **asked) as elsewhere:
        await tab.goto(elsewhere)
        await tab.click("button")
        await tab.wait_for_url(f"{site.callback}**")

    assert "code" in await site.brought()


@pytest.mark.parametrize(
    ("params", "heading"),
    [
        ({"client_id": "nobody"}, "We could not sign you in"),
        ({"redirect_uri": "https://elsewhere.test/cb"}, "We could not sign you in"),
    ],
)
async def test_what_cannot_go_home_is_told_on_a_page(visit, site, params, heading):
    tab = await visit()

    answer = await tab.goto(site.start(**params))

    assert answer.status == 400
    assert await tab.look() == heading
    assert site.app.came == []


async def test_other_pages_are_as_good(visit, site):
    tab = await visit()
    for path, status in (("/", 200), ("/nowhere", 404), ("/device", 200), ("/i/x/sign_in", 400)):
        answer = await tab.goto(site.base + path)
        assert (path, answer.status) == (path, status)
        await tab.look()
