"""An app that asks a person by the back channel, for tests of CIBA.

asking = await Asking.start(world, login_hint="alice")
await asking.answer(browser)
tokens = (await asking.poll()).json()
"""

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import urljoin

from limen.protocol.registered_values import CIBA
from tests.proofs import ClientKey
from tests.world import PASSWORD, SECRET, form_of

NOTIFY = "https://bank.test/notify"
TOKEN = "notify-me-8d67dc78"
ISSUER = "https://id.test"


async def add_ciba_client(world, client_id="bank", *, mode="poll", **fields):
    more = {"backchannel_client_notification_endpoint": NOTIFY} if mode != "poll" else {}
    fields = {
        "grant_types": frozenset({CIBA, "refresh_token"}),
        "redirect_uris": (),
        "response_types": (),
        "client_name": "Bank",
        "backchannel_token_delivery_mode": mode,
        **more,
        **fields,
    }
    return await world.client(client_id, **fields)


async def ask(world, client_id="bank", *, auth=None, headers=None, **form):
    """Post a backchannel authentication request; a parameter that is None is left out."""
    form = {"scope": "openid email", "login_hint": "alice", **form}
    form = {name: value for name, value in form.items() if value is not None}
    return await world.http.post(
        "/oauth2/bc-authorize", form=form, auth=auth or (client_id, SECRET), headers=headers
    )


def claims(world, client_id="signer", **changes):
    """A signed request with all it needs; a claim that is None is left out."""
    now = world.clock.now()
    good = {
        "iss": client_id, "aud": ISSUER, "exp": now + 300, "iat": now, "nbf": now, "jti": f"jti-{now}",
        "scope": "openid email", "login_hint": "alice", "binding_message": "A1B2", **changes,
    }  # fmt: skip
    return {name: value for name, value in good.items() if value is not None}


async def add_signing_client(world, client_id="signer", *, alg="ES256", **fields):
    """Add a client that signs its requests; return its key."""
    key = ClientKey(alg)
    fields = {"backchannel_authentication_request_signing_alg": alg, "jwks": key.jwks, **fields}
    await add_ciba_client(world, client_id, **fields)
    return key


@dataclass
class Asking:
    world: object
    client_id: str
    told: dict

    @classmethod
    async def start(cls, world, client_id="bank", **form):
        reply = await ask(world, client_id, **form)
        assert reply.status == 200, reply.text
        return cls(world, client_id, reply.json())

    async def poll(self, *, auth=None, **form):
        asked = {"grant_type": CIBA, "auth_req_id": self.told["auth_req_id"], **form}
        return await self.world.token(auth=auth or (self.client_id, SECRET), **asked)

    async def answer(self, browser, *, allow=True, **person):
        """Open the list, choose the first request, decide; return the last page."""
        page = await visit(self.world, browser, "/approve", **person)
        links = [part.partition('"')[0] for part in page.text.split('href="') if "/approve/" in part[:120]]
        assert links, page.text
        return await visit(self.world, browser, links[0], allow=allow, **person)


async def visit(world, browser, url, *, allow=True, username="alice", password=PASSWORD):
    """Open a page of ours and go through forms and redirects until a page without a form is there."""
    reply = await browser.get(url)
    for _ in range(8):
        if reply.header("location") is not None:
            reply = await browser.get(urljoin(reply.url, reply.header("location")))
        elif "<form" in reply.text and "form_token" in reply.text:
            filled = world.fill(reply.text, reply.url, username, password, allow)
            assert form_of(reply.text).hidden
            reply = await browser.submit(reply.url, filled)
        else:
            return reply
    raise AssertionError("the journey does not end")


async def delivered(world, count=1):
    """Wait until the client's server has been told so often; return what it was told."""
    for _ in range(2_000):
        if len(world.ports.fetcher.posts) >= count:
            break
        await asyncio.sleep(0.002)
    assert len(world.ports.fetcher.posts) == count
    return [(url, json.loads(body), headers) for url, body, _, headers in world.ports.fetcher.posts]
