"""Pages in a real browser: accessible, within their policy, by keyboard, without script, on small screens."""

from pathlib import Path

import pytest
import pytest_asyncio

from limen.protocol.answer import Page
from limen.protocol.session_state import session_state
from tests.pages import preview, samples

AXE = Path(__file__).parents[1] / "interop/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOGO = "https://cdn.example/logo.png"
PAGES = samples.PAGES | {
    "logo": Page(
        name="sign_in", facts={**samples.FORM, "client": {"client_name": "Payroll", "logo_uri": LOGO}}
    ),
    "long": Page(
        name="consent",
        facts={
            **samples.FORM,
            "client": {
                "client_name": "Donaudampfschifffahrtsgesellschaft" * 2,
                "redirect_host": "a" * 60 + ".example",
            },
            "person": {"name": "N" * 80, "username": "u" * 80},
            "scopes": samples.scopes(),
        },
    ),
    "long_again": Page(
        name="sign_in",
        facts={
            **samples.FORM,
            "person": {"name": "N" * 80, "username": "u" * 80},
            "reason": "reauthenticate",
            "another": "/i/9f2c/step?another=1",
        },
    ),
    "long_another": Page(
        name="sign_in",
        facts={**samples.FORM, "person": {"name": "N" * 80, "username": "u" * 80}, "same": "/i/9f2c/step"},
    ),
}
LOGOUT = "http://localhost:1/out?sid=1"
MOVING = {
    "check_session": Page(name="check_session", facts={"cookie": "lm_bs_1"}),
    "signed_out_frames": Page(name="signed_out", facts={"frames": (LOGOUT,), "continue_to": "/home"}),
}
FIGURES = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "small": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
    "small german": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark", "locale": "de"},
    "forced colours": {
        "viewport": {"width": 375, "height": 812},
        "forced_colors": "active",
        "reduced_motion": "reduce",
    },
}


@pytest_asyncio.fixture(scope="module")
async def base():
    async with preview.served(PAGES | MOVING) as url:
        yield url


@pytest_asyncio.fixture
async def open_page(chromium, base):
    """A function that opens a sample and gathers violations of its policy."""
    contexts = []

    async def open_(name, **how):
        context = await chromium.new_context(**how)
        contexts.append(context)
        await context.route("**/form-post.*.js", lambda route: route.abort())  # it would leave at once
        await context.route(LOGO, lambda route: route.fulfill(path=Path(__file__).parent / "logo.png"))
        tab = await context.new_page()
        tab.told = []
        tab.on("console", lambda told: tab.told.append(told.text))
        tab.on("pageerror", lambda error: tab.told.append(str(error)))
        await tab.goto(f"{base}/{name}")
        return tab

    yield open_
    for context in contexts:
        await context.close()


def complaints(tab):
    """What the browser complained of, apart from statuses that are not 200 and the script held back above."""
    return [text for text in tab.told if "Failed to load resource" not in text]


@pytest.mark.parametrize("figure", FIGURES)
async def test_every_page_is_accessible_fits_and_keeps_its_policy(open_page, base, figure):
    axe = AXE.read_text()
    tab = await open_page("home", **FIGURES[figure])
    for name in PAGES:
        await tab.goto(f"{base}/{name}")
        await tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        await tab.evaluate(axe)
        found = await tab.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        width = await tab.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

        assert [(name, v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
        assert (name, width) == (name, 0)
        assert (name, complaints(tab)) == (name, [])


async def test_what_is_pressed_is_large_enough(open_page, base):
    tab = await open_page("home", viewport={"width": 320, "height": 640})
    for name in PAGES:
        await tab.goto(f"{base}/{name}")
        heights = await tab.evaluate(
            "[...document.querySelectorAll('button:not(.small), a.button, a.choice, .links a, "
            "input:is([type=text], [type=password]), label:has(input)')].filter(e => e.checkVisibility())"
            ".map(e => [e.textContent.trim(), e.getBoundingClientRect().height])"
        )

        assert [(name, text, height) for text, height in heights if height < 44] == []


async def stops(tab, count):
    """The names of what the Tab key reaches, in order."""
    found = []
    for _ in range(count):
        await tab.keyboard.press("Tab")
        found.append(
            await tab.evaluate(
                "(e => e.name || e.dataset.shows || e.textContent.trim())(document.activeElement)"
            )
        )
    return found


async def test_the_keyboard_walks_through_sign_in_in_order(open_page):
    tab = await open_page("sign_in")
    assert await tab.evaluate("document.activeElement.name") == "username"

    assert await stops(tab, 4) == ["password", "password", "Sign in", "cancel"]


async def test_the_keyboard_confirms_with_a_password_and_finds_the_way_to_another_account(open_page):
    tab = await open_page("sign_in_again")
    assert await tab.evaluate("document.activeElement.name") == "password"

    assert await stops(tab, 3) == ["password", "Sign in", "cancel"]
    await tab.focus("h1 >> xpath=..//a")
    assert await tab.evaluate("document.activeElement.textContent") == "Not you?"
    assert await stops(tab, 1) == ["password"]


async def test_confirming_sends_the_name_that_is_shown_without_script(open_page):
    tab = await open_page("sign_in_again", java_script_enabled=False)
    await tab.fill("#password", "p")

    async with tab.expect_request("**/i/9f2c/step") as sent:
        await tab.keyboard.press("Enter")

    assert (await sent.value).post_data == "form_token=rXq2Yb&username=alice%40acme.example&password=p"


async def test_the_keyboard_reaches_allow_before_deny(open_page):
    tab = await open_page("consent")

    walk = await stops(tab, 9)

    assert walk == [
        "Not you?",
        "scope",
        "What exactly – Your profile",
        "scope",
        "What exactly – Your e-mail address",
        "scope",
        "remember",
        "allow",
        "deny",
    ]


async def test_focus_is_on_what_went_wrong(open_page):
    tab = await open_page("sign_in_wrong")

    assert await tab.evaluate("document.activeElement.id") == "problem"


async def test_sign_in_works_without_script(open_page):
    tab = await open_page("sign_in", java_script_enabled=False)
    await tab.fill("#username", "alice")
    await tab.fill("#password", "p")
    assert not await tab.locator(".reveal").is_visible()

    async with tab.expect_request("**/i/9f2c/step") as sent:
        await tab.keyboard.press("Enter")

    body = (await sent.value).post_data
    assert body == "form_token=rXq2Yb&username=alice&password=p"


async def test_consent_works_without_script(open_page):
    tab = await open_page("consent", java_script_enabled=False)
    await tab.uncheck("input[value=email]")

    async with tab.expect_request("**/i/9f2c/step") as sent:
        await tab.click("text=Allow >> nth=-1")

    body = (await sent.value).post_data
    assert body == "form_token=rXq2Yb&scope=openid&scope=profile&scope=offline_access&remember=1&allow=1"


async def test_form_post_has_a_button_without_script_and_leaves_by_itself_with_it(open_page, chromium, base):
    without = await open_page("form_post", java_script_enabled=False)
    assert await without.locator("text=Continue >> nth=-1").is_visible()

    context = await chromium.new_context()
    tab = await context.new_page()
    async with tab.expect_request("https://payroll.acme.example/cb") as sent:
        await tab.goto(f"{base}/form_post", wait_until="commit")

    assert (await sent.value).post_data == "code=abc&state=xyz"
    await context.close()


async def test_a_password_can_be_shown_and_is_hidden_when_it_is_sent(open_page):
    tab = await open_page("sign_in")
    await tab.fill("#username", "alice")
    await tab.fill("#password", "p")
    await tab.click("text=Show")
    assert await tab.get_attribute("#password", "type") == "text"
    assert await tab.get_attribute(".reveal", "aria-pressed") == "true"

    async with tab.expect_request("**/i/9f2c/step"):
        await tab.click("button.main")

    assert complaints(tab) == []


async def test_a_form_is_sent_once_and_says_so(open_page):
    tab = await open_page("sign_in")
    await tab.route("**/i/9f2c/step", lambda route: None)  # never answered
    sent = []
    tab.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await tab.fill("#username", "alice")
    await tab.fill("#password", "p")

    said = await tab.evaluate(
        "(b => { b.click(); b.click(); return [b.textContent, b.ariaBusy]; })"
        "(document.querySelector('button.main'))"
    )

    assert said == ["Signing in…", "true"]
    await tab.wait_for_timeout(200)
    assert len(sent) == 1


async def test_too_many_tries_count_down_on_the_button(open_page):
    tab = await open_page("sign_in_throttled")

    assert await tab.is_disabled("button.main")
    assert (await tab.inner_text("button.main")).startswith("Sign in (")


async def test_who_must_wait_for_weeks_is_told_what_else_to_do(open_page):
    tab = await open_page("sign_in_throttled_long")

    assert "a browser that you have signed in with before" in await tab.inner_text("#problem")
    assert "wait 30 days" in await tab.inner_text("#problem")
    assert await tab.inner_text("button.main") == "Sign in"


async def test_an_apps_logo_is_shown(open_page):
    tab = await open_page("logo")

    assert await tab.evaluate("document.querySelector('img.badge').naturalWidth") > 0
    assert complaints(tab) == []


async def test_sign_in_is_light(open_page, base):
    tab = await open_page("home")
    await tab.context.clear_cookies()
    weights = {}

    async def weigh(response):
        weights[response.url] = len(await response.body())

    fresh = await tab.context.new_page()
    fresh.on("response", weigh)
    await fresh.goto(f"{base}/sign_in", wait_until="networkidle")

    assert len(weights) <= 6
    assert sum(weights.values()) <= 60 * 1024


@pytest.mark.parametrize(
    ("state", "said"), [("b-1", "unchanged"), ("b-2", "changed"), ("", "changed"), (None, "error")]
)
async def test_the_session_frame_tells_whether_the_state_still_holds(open_page, base, state, said):
    tab = await open_page("home")
    await tab.context.add_cookies([{"name": "lm_bs_1", "value": "b-1", "url": base}])
    told = session_state("web", f"{base}/cb", state, "salt") if state is not None else "nonsense"

    answer = await tab.evaluate(
        """([told, origin]) => new Promise((done) => {
            addEventListener("message", (event) => done(event.data));
            const frame = window.open("/check_session");
            const ask = setInterval(() => frame.postMessage("web " + told, origin), 50);
            setTimeout(() => clearInterval(ask), 4000);
        })""",
        [told, base],
    )

    assert answer == said


async def test_signing_out_goes_on_when_the_apps_were_told(open_page, base):
    tab = await open_page("home")
    asked = []

    async def hear(route):
        asked.append(route.request.url)
        await route.fulfill(body="out", content_type="text/html")

    await tab.route(LOGOUT, hear)
    await tab.goto(f"{base}/signed_out_frames", wait_until="commit")
    await tab.wait_for_url(f"{base}/home")

    assert asked == [LOGOUT]
    assert complaints(tab) == []
