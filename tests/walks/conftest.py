"""A live server, an application beside it, and a browser that is watched."""

import asyncio
import base64
import hashlib
from urllib.parse import urlencode

import pytest
import pytest_asyncio
import requests

from tests.live import live_server
from tests.loopback import application
from tests.watching import Watched
from tests.world import PASSWORD, SECRET

VERIFIER = "w" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Site:
    """The server and the application, as a walk sees them."""

    def __init__(self, live, app):
        self.live, self.app = live, app
        self.base, self.callback = live.base, f"{app.base}/cb"

    def start(self, **params):
        """Return where the application sends the browser; it wants consent each time."""
        asked = {
            "client_id": "asking",
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": "openid profile email",
            "state": "a-state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "prompt": "" if "client_id" in params else "consent",
            **params,
        }
        asked = {name: value for name, value in asked.items() if value}
        return f"{self.base}/oauth2/authorize?{urlencode(asked)}"

    async def redeem(self, brought, client_id="asking"):
        """Redeem the code that was brought; return what the userinfo endpoint tells."""
        return await asyncio.to_thread(self._redeem, brought, client_id)

    def _redeem(self, brought, client_id):
        bearer = {"authorization": f"Bearer {self.tokens(brought, client_id)['access_token']}"}
        return requests.get(f"{self.base}/oauth2/userinfo", headers=bearer, timeout=10).json()

    def tokens(self, brought, client_id):
        """Redeem the code that was brought; return the token response."""
        answer = requests.post(
            f"{self.base}/oauth2/token",
            auth=(client_id, SECRET),
            data={
                "grant_type": "authorization_code",
                "code": brought["code"],
                "redirect_uri": self.callback,
                "code_verifier": VERIFIER,
            },
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def brought(self, path="/cb"):
        """Return what the browser brings to the application."""
        return await asyncio.to_thread(self.app.brought, path)


@pytest.fixture(scope="session")
def _live(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walks")
    with application() as app:

        async def everybody(seed):
            await seed.tenant()
            await seed.person()
            await seed.person("bob", claims={"name": "Bob Builder", "email": "bob@id.test"})
            where = {"redirect_uris": (f"{app.base}/cb",), "post_logout_redirect_uris": (f"{app.base}/out",)}
            await seed.client("asking", client_name="Payroll", **where)
            await seed.client("trusted", client_name="Intranet", settings={"consent": "trusted"}, **where)

        with live_server(folder, f"sqlite://{folder}/limen.db", everybody) as live:
            yield live, app


@pytest.fixture
def site(_live):
    """The server and the application; what earlier walks left is forgotten."""
    live, app = _live
    app.came.clear()
    return Site(live, app)


@pytest_asyncio.fixture
async def visit(chromium, site):
    """A function that makes a browser of its own, with or without script, and gives its first tab."""
    watched = []

    async def visit_(**how):
        context = await chromium.new_context(**how)
        watch = Watched(context, site.base)
        await watch.begin()
        context.set_default_timeout(10_000)
        watched.append(watch)
        tab = await context.new_page()
        tab.look = lambda: watch.look(tab)
        tab.watch = watch
        return tab

    yield visit_
    for watch in watched:
        await watch.context.close()
        watch.assert_clean()


@pytest.fixture
def password():
    return PASSWORD
