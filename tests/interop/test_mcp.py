"""The MCP SDK signs in through a protected MCP server, with nothing but that server's address.

RFC 9728 leads it to the issuer, RFC 8414 to the endpoints; it registers (RFC 7591) or is known by the
address of its metadata document, and asks for a token for that one server (RFC 8707).
"""

import asyncio
import contextlib
import socket
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import uvicorn
from mcp.client.auth import OAuthClientProvider
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

from limen.model.tenant import Registration, Resource
from tests import services
from tests.interop.person import Person
from tests.live import live_server
from tests.world import SECRET, make_world

CALLBACK = "http://127.0.0.1:9/callback"
DOCUMENT = "https://agent.test/client.json"


class Introspection:
    """The MCP server asks the issuer about each token it is shown."""

    def __init__(self, issuer, **client):
        self.issuer, self.client = issuer, client

    async def verify_token(self, token):
        async with httpx2.AsyncClient(**self.client) as http:
            reply = await http.post(
                f"{self.issuer}/oauth2/introspect", data={"token": token}, auth=("mcp-server", SECRET)
            )
        told = reply.json()
        if not told["active"]:
            return None
        aud = told["aud"] if isinstance(told["aud"], str) else told["aud"][0]
        return AccessToken(
            token=token, client_id=told["client_id"], scopes=told["scope"].split(), resource=aud
        )


@contextlib.asynccontextmanager
async def mcp_server(port, issuer, **client):
    """Serve one tool to who has a token of the issuer for this server."""
    address = f"http://localhost:{port}/mcp"
    auth = AuthSettings(
        issuer_url=issuer,
        resource_server_url=address,
        required_scopes=["mcp"],
        validate_token_resource=True,
    )
    server = MCPServer("greeter", token_verifier=Introspection(issuer, **client), auth=auth)

    @server.tool()
    def greet(name: str) -> str:
        """Greet somebody."""
        return f"Hello, {name}!"

    config = uvicorn.Config(server.streamable_http_app(), log_level="warning", lifespan="on")
    serving = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", port)) as listening:
        task = asyncio.create_task(serving.serve(sockets=[listening]))
        try:
            yield address
        finally:
            serving.should_exit = True
            await task


class Kept:
    """What the SDK keeps of its registration and tokens."""

    def __init__(self):
        self.client_info = self.tokens = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client_info

    async def set_client_info(self, client_info):
        self.client_info = client_info


def provider(address, visit, *, document=None):
    """The SDK's sign-in; `visit` takes an address through the browser and returns where it ends."""
    ended = {}

    async def redirect(url):
        ended["asked"] = parse_qs(urlsplit(url).query)
        ended.update(parse_qs(urlsplit(await visit(url)).query))

    async def callback():
        return AuthorizationCodeResult(code=ended["code"][0], state=ended["state"][0], iss=ended["iss"][0])

    kept = Kept()
    metadata = OAuthClientMetadata(
        redirect_uris=[CALLBACK],
        client_name="An agent",
        grant_types=["authorization_code", "refresh_token"],
    )
    sdk = OAuthClientProvider(address, metadata, kept, redirect, callback, client_metadata_url=document)
    return sdk, kept, ended


async def greeted(address, sdk, **client):
    """Open a session and use the tool."""
    async with (
        httpx2.AsyncClient(auth=sdk, timeout=20, **client) as http,
        streamable_http_client(address, http_client=http) as (read, write, *_),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        result = await session.call_tool("greet", {"name": "Alice"})
        return result.content[0].text


def _protected(address):
    return {"resources": (Resource(resource=address, scopes=("mcp",)),)}


@pytest.fixture
def guarded(tmp_path):
    """A server where anybody may register, and the port of an MCP server it protects."""
    port = services.free_port()
    address = f"http://localhost:{port}/mcp"

    async def seed(seed):
        await seed.tenant(registration=Registration(mode="open"), **_protected(address))
        await seed.person()
        await seed.client("mcp-server", grant_types=frozenset({"client_credentials"}), response_types=())

    with live_server(tmp_path, f"sqlite://{tmp_path}/limen.db", seed) as live:
        yield live, port


async def test_the_sdk_registers_itself_and_signs_in(guarded):
    live, port = guarded

    async def visit(url):
        return await asyncio.to_thread(Person().visit, url)

    async with mcp_server(port, live.base) as address:
        sdk, kept, ended = provider(address, visit)
        said = await greeted(address, sdk)

    assert said == "Hello, Alice!"
    assert ended["asked"]["resource"] == [address]
    assert kept.client_info.client_id == ended["asked"]["client_id"][0]
    assert kept.tokens.scope == "mcp offline_access"  # the SDK wants to stay connected
    assert kept.tokens.refresh_token


async def test_the_sdk_renews_its_token_by_itself(guarded):
    live, port = guarded
    visits = []

    async def visit(url):
        visits.append(url)
        return await asyncio.to_thread(Person().visit, url)

    async with mcp_server(port, live.base) as address:
        sdk, kept, _ = provider(address, visit)
        await greeted(address, sdk)
        first = kept.tokens.access_token
        sdk.context.token_expiry_time = 1
        said = await greeted(address, sdk)

    assert said == "Hello, Alice!"
    assert kept.tokens.access_token != first
    assert len(visits) == 1


async def test_the_sdk_is_known_by_its_metadata_document():
    world = await make_world()
    port = services.free_port()
    issuer = {"mounts": {"https://id.test": httpx2.ASGITransport(world.app)}}
    protected = _protected(f"http://localhost:{port}/mcp")
    await world.tenant(registration=Registration(client_id_documents=True), **protected)
    await world.person()
    await world.client("mcp-server")
    world.ports.fetcher.documents[DOCUMENT] = {
        "client_id": DOCUMENT,
        "client_name": "An agent",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    }

    async def visit(url):
        browser = world.browser()
        return (await world.journey(browser, await browser.get(url))).header("location")

    async with mcp_server(port, "https://id.test", **issuer) as address:
        sdk, kept, ended = provider(address, visit, document=DOCUMENT)
        said = await greeted(address, sdk, **issuer)

    assert said == "Hello, Alice!"
    assert ended["asked"]["client_id"] == [DOCUMENT]
    assert kept.tokens.scope == "mcp offline_access"  # the SDK wants to stay connected
    await world.close()
