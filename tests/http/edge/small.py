"""A small application on the real edge: endpoints that echo, refuse, break or show pages."""

import asyncio
import hashlib
import socket
from contextlib import asynccontextmanager

import msgspec

from limen import errors
from limen.http.application import Application
from limen.http.browser import Browser
from limen.http.cors import CrossOrigin
from limen.http.edge import Edge, hosts_of
from limen.http.proxies import Proxies
from limen.http.references import References
from limen.http.route import Route
from limen.http.router import Router
from limen.http.server import Serving, Surface, Worker
from limen.http.static import StaticFiles
from limen.model.tenant import Tenant
from limen.protocol.answer import Answer, Ask, Body, Cookie, Go, Page, Target

BASE = "https://id.test"
APP = "https://app.test"
HEAD = (
    b"POST /oauth2/token HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
TENANTS = {
    "": Tenant(tenant_id="root", name="", issuer=BASE),
    "acme": Tenant(tenant_id="a", name="acme", issuer=f"{BASE}/t/acme"),
    "off": Tenant(tenant_id="o", name="off", issuer=f"{BASE}/t/off", enabled=False),
}


class FixedClock:
    """Noon."""

    def now(self):
        return 1_800_000_000


class CountedEntropy:
    """Octets that differ and repeat in each run."""

    def __init__(self):
        self.drawn = 0

    def octets(self, count):
        self.drawn += 1
        return hashlib.shake_128(b"%d" % self.drawn).digest(count)


class PlainViews:
    """Pages that say their name and facts."""

    def render(self, page, message):
        return f"<h1>{page.name}</h1>{dict(page.facts)}".encode()

    def headers(self, page):
        return {"Content-Security-Policy": "default-src 'none'", "Cross-Origin-Opener-Policy": "unsafe-none"}


class Recorder:
    """A witness that remembers."""

    def __init__(self):
        self.seen, self.faults = [], []

    def answered(self, exchange, response, seconds):
        self.seen.append((exchange, response))

    def broken(self, exchange, fault):
        self.faults.append(fault)


class Token(msgspec.Struct, omit_defaults=True):
    access_token: str
    scope: str | None = None


async def echo(message):
    """Answer with everything the room could see."""
    return {
        "method": message.method,
        "path": message.path,
        "url": message.url,
        "base": message.base,
        "tenant": message.tenant.name,
        "params": message.params,
        "query": message.query,
        "headers": dict(message.headers),
        "cookies": dict(message.cookies),
        "body": message.body.decode("latin-1"),
        "certificate": message.certificate.hex() if message.certificate else None,
        "source": message.source,
        "reference": message.request_id,
        "args": dict(message.args),
    }


async def token(message):
    return Token(access_token="abc")


async def broken(message):
    raise RuntimeError("the database said: password=hunter2")


def refusing(error):
    async def refuse(message):
        raise error

    return refuse


def answering(answer):
    async def give(message):
        return answer

    return give


def to(mode, state="s"):
    return Target(
        redirect_uri="https://rp.test/cb?keep=1", response_mode=mode, state=state, client_id="c", issuer=BASE
    )


COOKIES = (
    Cookie(name="session", value="handle"),
    Cookie(name="interaction:0a1b2c3d", value="secret", lifetime=900),
    Cookie(name="browser_state", value="state", readable=True),
)
PAGES = {
    "/form": Page(name="sign_in", facts={"x": 1}, cookies=COOKIES),
    "/query": Answer(target=to("query"), params={"code": "a b&c", "state": "s", "iss": BASE}),
    "/fragment": Answer(target=to("fragment"), params={"code": "1"}),
    "/form_post": Answer(target=to("form_post.jwt"), params={"response": "jwt"}),
    "/ask": Ask(interaction="123", step="sign_in"),
    "/go": Go(location="/account", cookies=(Cookie(name="session", value=""),)),
}


def routes():
    pages = [
        Route(path=path, methods=("GET", "POST"), endpoint=answering(page), style="page")
        for path, page in PAGES.items()
    ]
    return [
        *pages,
        Route(path="/oauth2/token", methods=("POST",), endpoint=echo, cors="client"),
        Route(path="/struct", methods=("POST",), endpoint=token),
        Route(path="/nothing", methods=("POST",), endpoint=answering(None)),
        Route(path="/userinfo", methods=("GET", "POST"), endpoint=echo, style="bearer", cors="client"),
        Route(
            path="/oauth2/authorize",
            methods=("GET", "POST"),
            endpoint=echo_page,
            style="page",
            cross_site=True,
            max_url=16_384,
        ),
        Route(path="/.well-known/openid-configuration", methods=("GET",), endpoint=echo, cors="open"),
        Route(path="/.well-known/oauth-authorization-server", methods=("GET",), endpoint=echo, cors="open"),
        Route(path="/.well-known/webfinger", methods=("GET",), endpoint=echo, where="root", cors="open"),
        Route(path="/health/live", methods=("GET",), endpoint=echo, where="server"),
        Route(path="/i/{interaction}/{step}", methods=("GET", "POST"), endpoint=echo),
        Route(path="/register/{client_id}", methods=("GET", "DELETE"), endpoint=echo, style="bearer"),
        Route(path="/register/new", methods=("GET",), endpoint=echo),
        Route(path="/api", methods=("POST", "PUT"), endpoint=echo, takes="json", max_body=1_000_000),
        Route(path="/broken", methods=("GET",), endpoint=broken),
        Route(path="/broken-page", methods=("GET",), endpoint=broken, style="page"),
        Route(
            path="/static/{file}",
            methods=("GET",),
            where="server",
            endpoint=StaticFiles({"a.12345678.css": (b"body{}", "text/css; charset=utf-8")}),
        ),
        Route(
            path="/body",
            methods=("GET",),
            endpoint=answering(
                Body(
                    content=b"jwt",
                    media_type="application/jwt",
                    status=201,
                    headers={"Cache-Control": "max-age=9"},
                )
            ),
        ),
        *(
            Route(path=f"/refuse/{name}", methods=("GET", "POST"), endpoint=refusing(error), style=style)
            for name, (error, style) in REFUSALS.items()
        ),
    ]


async def echo_page(message):
    return Page(name="seen", facts={"params": dict(message.params), "method": message.method})


REFUSALS = {
    "client": (errors.InvalidClient('no "such"\\client §', detail="unknown id"), "json"),
    "nonce": (errors.UseDpopNonce("use the nonce", nonce="n1"), "json"),
    "busy": (errors.TemporarilyUnavailable("later"), "json"),
    "token": (errors.InvalidToken("expired"), "bearer"),
    "scope": (errors.InsufficientScope("openid is needed"), "bearer"),
    "proof": (errors.UseDpopNonce("use the nonce", nonce="n2"), "bearer"),
    "page": (errors.InvalidRequest("<b>client_id</b> is missing"), "page"),
    "home": (errors.ErrorToClient(to("query"), errors.AccessDenied("no")), "page"),
    "home_post": (errors.ErrorToClient(to("form_post", None), errors.AccessDenied("no")), "page"),
}


async def resolve(name):
    return TENANTS.get(name)


async def allowed(tenant, origin, client_id):
    return origin == APP and tenant.name == ""


def application(base=BASE, *, proxies=None, witnesses=(), tenants=resolve, readers=allowed, **more):
    return Application(
        edge=Edge(hosts_of(base), proxies or Proxies()),
        router=Router(routes(), tenants),
        cross_origin=CrossOrigin(readers),
        browser=Browser(PlainViews(), FixedClock()),
        references=References(CountedEntropy()),
        witnesses=witnesses,
        **more,
    )


@asynccontextmanager
async def listening(*, make=application, context=None, **serving):
    """Serve on a free port as `limen serve` does, without its processes; yield the port."""
    opened = socket.create_server(("127.0.0.1", 0))
    opened.setblocking(False)
    port = opened.getsockname()[1]
    scheme = "https" if context else "http"
    worker = Worker(
        Surface(application=make(f"{scheme}://127.0.0.1:{port}")), Serving(bind=opened, **serving)
    )
    server = worker.server(worker.surface.application, lifespan="on")
    server.config.ssl = context
    running = asyncio.create_task(server._serve([opened]))
    while not server.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await running


async def talk(port, *pieces, pause=0.0, patience=5.0):
    """Send raw octets and return everything that comes back until the peer closes or falls silent.

    Its first word is waited for longer: how soon that comes says how busy the machine is.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        for piece in pieces:
            writer.write(piece.replace(b"PORT", str(port).encode()))
            await writer.drain()
            await asyncio.sleep(pause)
        while chunk := await asyncio.wait_for(reader.read(65536), patience if received else 10):
            received += chunk
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return received


def statuses(received):
    """Return the status of each answer among the octets."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
