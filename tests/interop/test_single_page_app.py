"""oidc-client-ts in Chromium: an application without a server, on an origin of its own."""

import asyncio
import json
from pathlib import Path

import pytest
import pytest_asyncio

from tests.loopback import application
from tests.watching import Watched
from tests.world import PASSWORD

HERE = Path(__file__).parent
LIBRARY = HERE / "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"
PAGE = (
    '<!doctype html><html lang="en"><title>App</title>'
    '<script src="/oidc.js"></script><script src="/settings.js"></script><script src="/app.js"></script>'
)
EVERYTHING = "openid profile email offline_access"


class App:
    """The application in a tab, and the server it signs in at."""

    def __init__(self, tab, watched, base, server):
        self.tab, self.watched, self.base, self.server = tab, watched, base, server

    async def begin(self):
        await self.tab.goto(self.base)
        await self.titled("Nobody")

    async def titled(self, title):
        await self.tab.wait_for_function("title => document.title === title", arg=title)

    async def sign_in(self):
        """Go through the server's pages."""
        await self.tab.evaluate("() => void manager.signinRedirect()")
        await self.through(self.tab)
        await self.titled("Hello, Alice Liddell")

    async def through(self, tab):
        await tab.wait_for_selector("#username")
        assert await self.watched.look(tab) == "Sign in"
        await tab.fill("#username", "alice")
        await tab.fill("#password", PASSWORD)
        await tab.click("button.main")
        await tab.wait_for_selector("button[name=allow]")
        assert await self.watched.look(tab) == "Books asks for access"
        await tab.click("button[name=allow]")

    async def user(self):
        return await self.tab.evaluate("manager.getUser().then((user) => ({...user, profile: user.profile}))")


@pytest_asyncio.fixture
async def open_app(chromium, live):
    """A function that serves the application with settings, registers it, and opens it."""
    pages = {"/oidc.js": LIBRARY.read_text(), "/app.js": (HERE / "spa/app.js").read_text()}
    pages |= dict.fromkeys(("/", "/cb.html", "/popup.html", "/silent.html"), PAGE)
    with application(pages) as served:
        client_id = f"spa-{served.base.rpartition(':')[2]}"

        async def register(seed):
            await seed.client(
                client_id,
                client_name="Books",
                token_endpoint_auth_method="none",
                grant_types=frozenset({"authorization_code", "refresh_token"}),
                scope="openid profile email offline_access",
                redirect_uris=tuple(f"{served.base}/{name}.html" for name in ("cb", "popup", "silent")),
                post_logout_redirect_uris=(f"{served.base}/",),
                settings={"allowed_cors_origins": (served.base,)},
            )

        await asyncio.to_thread(live.run, register)
        context = await chromium.new_context()
        context.set_default_timeout(10_000)
        watched = Watched(context, live.base)
        await watched.begin()

        async def open_(**settings):
            told = {"authority": live.base, "client_id": client_id, "scope": EVERYTHING, **settings}
            pages["/settings.js"] = f"const SETTINGS = {json.dumps(told)};"
            app = App(await context.new_page(), watched, served.base, live.base)
            await app.begin()
            return app

        yield open_
        await context.close()
        watched.assert_clean()


@pytest.mark.parametrize("credentials", ["same-origin", "include"])
async def test_an_app_without_a_server_signs_in_renews_and_signs_out(open_app, credentials):
    app = await open_app(fetchRequestCredentials=credentials)

    await app.sign_in()
    first = await app.user()
    assert first["profile"]["email"] == "alice@id.test"

    await app.tab.evaluate("manager.signinSilent()")
    second = await app.user()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert second["profile"]["sub"] == first["profile"]["sub"]

    await app.tab.evaluate("manager.revokeTokens(['refresh_token'])")
    await app.tab.evaluate("() => void manager.signoutRedirect({state: 'bye'})")
    await app.titled("Signed out: bye")


async def test_an_app_renews_in_a_frame_when_it_has_no_refresh_token(open_app):
    app = await open_app(scope="openid profile email")
    await app.sign_in()
    first = await app.user()

    await app.tab.evaluate("""async () => {
        const user = await manager.getUser();
        user.refresh_token = undefined;
        await manager.storeUser(user);
        await manager.signinSilent();
    }""")

    assert (await app.user())["access_token"] != first["access_token"]


async def test_an_app_signs_in_by_a_popup(open_app):
    app = await open_app()

    async with app.tab.expect_popup() as opened:
        await app.tab.evaluate("() => void manager.signinPopup().then(show)")
    await app.through(await opened.value)

    await app.titled("Hello, Alice Liddell")


async def test_an_app_hears_that_the_person_signed_out_elsewhere(open_app):
    app = await open_app(monitorSession=True, checkSessionIntervalInSeconds=1)
    await app.sign_in()
    await app.tab.wait_for_selector("iframe", state="attached")

    other = await app.tab.context.new_page()
    await other.goto(f"{app.server}/oidc/logout")
    await other.click("button[name=sign_out]")
    await other.wait_for_selector("text=You are signed out")

    await app.tab.wait_for_function("told.includes('signed out')")


async def test_a_page_of_another_origin_cannot_read_answers(open_app):
    app = await open_app()
    app.watched.told.clear()
    stranger = await app.tab.context.new_page()
    with application() as elsewhere:
        await stranger.goto(elsewhere.base)
        read = await stranger.evaluate(
            """async (base) => {
                const asked = (path, how) =>
                    fetch(base + path, how).then((answer) => answer.status, () => "refused");
                const body = new URLSearchParams({client_id: "x"});
                const form = {method: "POST", credentials: "include", body};
                return [
                    await asked("/.well-known/openid-configuration", {}),
                    await asked("/.well-known/openid-configuration", {credentials: "include"}),
                    await asked("/oauth2/token", form),
                    await asked("/oauth2/userinfo", {headers: {authorization: "Bearer x"}}),
                ];
            }""",
            app.server,
        )
    app.watched.told.clear()  # the browser tells of each refusal

    assert read == [200, "refused", "refused", "refused"]
