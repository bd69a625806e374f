"""A whole server in one process, with a clock that stands still: what most tests talk to.

world = await make_world()                      # memory storage; pass url="sqlite://…" for another
client = await world.client("web", grant_types=…)
reply = await world.token(grant_type="client_credentials", auth=("web", SECRET))
browser = world.browser()
tokens = await world.code_flow(browser, "web")  # sign-in, consent, redemption
"""

import base64
import dataclasses
import hashlib
import os
from urllib.parse import parse_qsl, urlsplit

from msgspec import structs

from limen.app.site import Surroundings, site
from limen.crypto.jose import StrictJose
from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey
from limen.crypto.passwords import ArgonPasswords
from limen.model.client import Client, ClientSecret
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.settings import Settings
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.outbound import FetchError
from limen.ports.storage import Put
from limen.storage import open_storage
from limen.system import SystemEntropy
from limen.tokens.digest import digest
from limen.tokens.hmac_secret import PURPOSE
from tests.http.asgi_client import AsgiClient

BASE = "https://id.test"
SECRET = "lm_cs_" + "s3cret-" * 6
PASSWORD = "correct horse battery staple"
CALLBACK = "https://app.test/cb"
VERIFIER = "v" * 43
CLAIMS = {
    "name": "Alice Liddell", "given_name": "Alice", "family_name": "Liddell", "middle_name": "Pleasance",
    "nickname": "Al", "preferred_username": "alice", "profile": "https://alice.test/", "gender": "female",
    "picture": "https://alice.test/me.png", "website": "https://alice.test/", "birthdate": "1852-05-04",
    "zoneinfo": "Europe/London", "locale": "en-GB", "updated_at": 1_700_000_000, "email": "alice@id.test",
    "email_verified": True, "phone_number": "+44 20 7946 0000", "phone_number_verified": False,
    "address": {"formatted": "Oxford", "locality": "Oxford", "country": "GB"},
}  # fmt: skip


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, at=1_800_000_000):
        self.at = at

    def now(self):
        return self.at

    def forward(self, seconds):
        self.at += seconds


class NoFetcher:
    """A fetcher with documents of the test's own; everything else fails as an unreachable server does."""

    def __init__(self):
        self.documents, self.posts = {}, []
        self.fetched, self.fetched_afresh = [], []

    async def json(self, url, *, limit, fresh=False):
        self.fetched.append(url)
        self.fetched_afresh += [url] if fresh else []
        if url not in self.documents:
            raise FetchError(url)
        return self.documents[url]

    async def text(self, url, *, limit):
        self.fetched.append(url)
        if url not in self.documents:
            raise FetchError(url)
        return self.documents[url]

    async def post(self, url, *, body, media_type, headers):
        self.posts.append((url, body, media_type, dict(headers)))
        return 204


class HeardEvents:
    """Keeps what was told."""

    def __init__(self):
        self.heard = []

    def emit(self, name, /, **facts):
        self.heard.append((name, facts))

    def answered(self, exchange, response, seconds):
        pass

    def broken(self, exchange, fault):
        self.heard.append(("broken", {"fault": repr(fault)}))
        raise AssertionError("a request broke the server") from fault


class RegisteredKeys:
    """A client's own jwks, or the test's document at its jwks_uri."""

    def __init__(self, fetcher):
        self.fetcher = fetcher

    async def of(self, client, *, kid=None):
        if client.jwks is not None:
            return client.jwks
        return await self.fetcher.json(client.jwks_uri, limit=65536) if client.jwks_uri else {"keys": []}


def pkce(verifier=VERIFIER):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return {"code_challenge": challenge, "code_challenge_method": "S256"}


class World:
    """The server and everything around it."""

    def __init__(self, ports, app):
        self.ports, self.app = ports, app
        self.storage, self.keys, self.clock, self.events = (
            ports.storage,
            ports.keys,
            ports.clock,
            ports.events,
        )
        self.http = AsgiClient(app, BASE)

    def browser(self, **options):
        """A person's browser with its own cookies."""
        return AsgiClient(self.app, BASE, **options)

    async def tenant(self, name="", *, issuer=None, **fields):
        """Add or replace a tenant; `legacy`, `settings` … as fields."""
        base = f"{BASE}/t/{name}" if name else BASE
        tenant = Tenant(tenant_id=f"tenant-{name or 'root'}", name=name, issuer=issuer or base, **fields)
        await self.storage.commit(Put(tenant))
        await self.keys.load(tenant.tenant_id)
        return tenant

    async def change(self, record, **fields):
        """Replace some fields of a stored record."""
        changed = structs.replace(record, **fields)
        await self.storage.commit(Put(changed))
        return changed

    async def client(self, client_id="web", *, tenant="tenant-root", secret=SECRET, settings=None, **fields):
        """Add a client: confidential with SECRET unless token_endpoint_auth_method says otherwise."""
        method = fields.setdefault("token_endpoint_auth_method", "client_secret_basic")
        secrets = ()
        if method.startswith("client_secret"):
            sealed = self.keys.seal(tenant, PURPOSE, secret.encode())
            secrets = (ClientSecret(secret_id="1", digest=digest(secret), sealed=sealed),)
        fields.setdefault("redirect_uris", (CALLBACK,))
        fields.setdefault(
            "grant_types", frozenset({"authorization_code", "refresh_token", "client_credentials"})
        )
        if isinstance(fields.get("scope"), str):
            fields["scope"] = Scope.parse(fields["scope"])
        client = Client(
            tenant_id=tenant,
            client_id=client_id,
            client_secrets=secrets,
            client_name=fields.pop("client_name", client_id.title()),
            settings=Settings(**({"allow_introspection": True} | (settings or {}))),
            **fields,
        )
        await self.storage.commit(Put(client))
        return client

    async def person(self, username="alice", *, tenant="tenant-root", password=PASSWORD, **fields):
        """Add a person with every standard claim."""
        fields.setdefault("claims", CLAIMS)
        person = Person(
            tenant_id=tenant,
            sub=fields.pop("sub", f"sub-{username}"),
            username=username,
            password_hash=await self.ports.passwords.hash(password),
            **fields,
        )
        await self.storage.commit(Put(person))
        return person

    async def token(self, *, auth=None, tenant="", headers=None, **form):
        """Ask the token endpoint; `auth` is (client_id, secret), or put client_id in the form."""
        return await self.http.post(f"{tenant}/oauth2/token", form=form, auth=auth, headers=headers)

    async def introspect(self, token, *, auth=("web", SECRET), tenant=""):
        reply = await self.http.post(f"{tenant}/oauth2/introspect", form={"token": token}, auth=auth)
        return reply.json()

    async def userinfo(self, token, *, tenant="", scheme="Bearer", headers=None):
        headers = {"Authorization": f"{scheme} {token}", **(headers or {})}
        return await self.http.get(f"{tenant}/oauth2/userinfo", headers=headers)

    async def authorize(self, browser, client_id="web", *, tenant="", **params):
        """Send the browser to the authorization endpoint with PKCE; return the first answer."""
        asked = {
            "response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "scope": "openid",
            "state": "a-state", **pkce(), **params,
        }  # fmt: skip
        asked = {name: value for name, value in asked.items() if value is not None}
        return await browser.get(f"{tenant}/oauth2/authorize", params=asked)

    async def journey(self, browser, reply, *, username="alice", password=PASSWORD, allow=True):
        """Go through the pages as the person until the browser leaves for the client; return that answer."""
        for turn in range(8):
            if reply.header("location") is None and (turn or not reply.location):
                return reply
            if not reply.location.startswith(BASE) or "/i/" not in reply.location:
                return reply
            page = await browser.get(reply.location)
            if page.header("location") is not None or page.status != 200:
                reply = page
                continue
            reply = await browser.submit(
                reply.location, self.fill(page.text, reply.location, username, password, allow)
            )
        raise AssertionError("the journey does not end")

    def fill(self, html, url, username, password, allow):
        """Fill the form of one of our pages as a person would."""
        form = form_of(html)
        if url.endswith("/sign_in"):
            return [*form.hidden, ("username", username), ("password", password)]
        if url.endswith("/choose_account"):
            return [*form.hidden, ("session_id", form.buttons["session_id"])]
        return [*form.hidden, *form.ticked, ("allow", "1") if allow else ("deny", "1")]

    async def code_for(self, browser, client_id="web", *, tenant="", **params):
        """Take a signed-out browser through sign-in and consent; return the code."""
        reply = await self.journey(browser, await self.authorize(browser, client_id, tenant=tenant, **params))
        answer = dict(parse_qsl(urlsplit(reply.location).query or urlsplit(reply.location).fragment))
        assert "code" in answer, (reply.status, reply.location, reply.text[:500])
        return answer["code"]

    async def redeem(self, code, *, auth=("web", SECRET), tenant="", headers=None, **form):
        """Redeem a code of `authorize`."""
        asked = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER, **form,
        }  # fmt: skip
        asked = {name: value for name, value in asked.items() if value is not None}
        return await self.token(auth=auth, tenant=tenant, headers=headers, **asked)

    async def code_flow(self, browser=None, client_id="web", *, auth=("web", SECRET), tenant="", **params):
        """The whole flow; return the token response's members."""
        code = await self.code_for(browser or self.browser(), client_id, tenant=tenant, **params)
        form = {} if auth else {"client_id": client_id}
        reply = await self.redeem(code, auth=auth, tenant=tenant, **form)
        assert reply.status == 200, reply.text
        return reply.json()

    async def refresh(self, token, *, auth=("web", SECRET), tenant="", headers=None, **form):
        return await self.token(
            grant_type="refresh_token", refresh_token=token, auth=auth, tenant=tenant, headers=headers, **form
        )

    async def close(self):
        await self.storage.close()
        self.ports.passwords.close()


@dataclasses.dataclass
class Form:
    """What a page's form sends by itself."""

    hidden: list
    ticked: list
    buttons: dict
    action: str = ""


def form_of(html):
    from html.parser import HTMLParser

    found = Form([], [], {})

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            at = dict(attributes)
            if tag == "form" and at.get("method") == "post":
                found.action = at["action"]
            elif tag == "input" and at.get("type") == "hidden":
                found.hidden.append((at["name"], at.get("value") or ""))
            elif tag == "input" and at.get("type") == "checkbox" and "checked" in at:
                found.ticked.append((at["name"], at.get("value") or "on"))
            elif tag == "button" and at.get("name"):
                found.buttons[at["name"]] = at.get("value") or ""

    Reader().feed(html)
    return found


async def make_world(url="memory:", *, clock=None, passwords=None, **around):
    """Return a World with a root tenant."""
    clock, entropy, events, fetcher = clock or FixedClock(), SystemEntropy(), HeardEvents(), NoFetcher()
    storage = await open_storage(url, clock=clock)
    ports = Ports(
        storage=storage,
        keys=Keyring(storage, MasterKey(bytes(32), entropy), clock=clock, entropy=entropy),
        jose=StrictJose(),
        client_keys=RegisteredKeys(fetcher),
        passwords=passwords or ArgonPasswords(entropy, cores=os.cpu_count() or 1),
        fetcher=fetcher,
        events=events,
        clock=clock,
        entropy=entropy,
    )
    app = site(ports, Surroundings(hosts={"id.test": BASE}, witnesses=(events,), **around))
    world = World(ports, app)
    await world.tenant()
    return world
