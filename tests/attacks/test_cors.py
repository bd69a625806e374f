"""Which scripts may read what (attack rows CS-01, CS-02, CS-05, WF-06), through the whole server."""

import pytest
import pytest_asyncio

from tests.ciba import add_ciba_client
from tests.world import BASE, CALLBACK, SECRET, pkce

OURS, THEIRS = "https://app.test", "https://evil.test"
BY_CLIENT = ("/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke", "/oauth2/par")
OPEN = (
    "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth2/jwks",
    "/.well-known/webfinger?resource=acct:alice@id.test",
)  # fmt: skip
CLOSED = (
    "/oauth2/authorize", "/oauth2/introspect", "/oauth2/bc-authorize", "/oauth2/device_authorize",
    "/oidc/logout", "/oidc/checksession", "/device", "/approve", "/login/web", "/",
)  # fmt: skip
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type",
}


@pytest_asyncio.fixture
async def home(world):
    await world.client("web", settings={"allowed_cors_origins": (OURS,)})
    await world.client("other", settings={"allowed_cors_origins": ("https://other.test",)})
    await world.person()
    return world


def allowed(reply):
    return reply.header("access-control-allow-origin"), reply.header("access-control-allow-credentials")


async def preflight(world, path, origin):
    return await world.http.request("OPTIONS", path, headers={"Origin": origin, **ASKED})


@pytest.mark.parametrize("path", BY_CLIENT)
@pytest.mark.parametrize(
    "origin", [THEIRS, "null", "http://app.test", "https://app.test:444", "https://app.test.evil.test", "x"]
)
async def test_cs_01_an_origin_nobody_registered_reads_nothing(home, path, origin):
    asked = await preflight(home, path, origin)
    reply = await home.http.post(path, form={"client_id": "web"}, headers={"Origin": origin})

    assert (allowed(asked), allowed(reply)) == ((None, None), (None, None))
    assert asked.header("access-control-allow-methods") is None


@pytest.mark.parametrize("path", BY_CLIENT)
async def test_cs_01_a_registered_origin_may_ask(home, path):
    reply = await preflight(home, path, OURS)

    assert (reply.status, allowed(reply)) == (204, (OURS, "true"))
    assert "authorization" in reply.header("access-control-allow-headers")
    assert "Origin" in reply.header("vary")


async def test_cs_01_the_origin_of_one_client_reads_nothing_of_another(home):
    form = {"client_id": "web", "token": "x"}

    reply = await home.http.post("/oauth2/revoke", form=form, headers={"Origin": "https://other.test"})

    assert allowed(reply) == (None, None)


async def test_cs_01_a_page_of_a_registered_origin_signs_in_and_reads(home):
    await home.client("spa", token_endpoint_auth_method="none", settings={"allowed_cors_origins": (OURS,)})
    code = await home.code_for(home.browser(), "spa")
    reply = await home.redeem(code, auth=None, client_id="spa", headers={"Origin": OURS})
    token = reply.json()["access_token"]

    told = await home.userinfo(token, headers={"Origin": OURS})
    spied = await home.userinfo(token, headers={"Origin": THEIRS})

    assert allowed(reply) == allowed(told) == (OURS, "true")
    assert allowed(spied) == (None, None)


async def test_cs_01_refusals_can_be_read_by_their_own_page(home):
    reply = await home.token(
        grant_type="authorization_code", code="x", auth=("web", SECRET), headers={"Origin": OURS}
    )

    assert (reply.status, allowed(reply)) == (400, (OURS, "true"))


@pytest.mark.parametrize("path", [*BY_CLIENT, *OPEN, *CLOSED, "/oauth2/register"])
async def test_cs_02_a_strange_origin_is_never_named_with_credentials(home, path):
    for origin in (THEIRS, "null", BASE):
        for reply in (
            await preflight(home, path, origin),
            await home.http.get(path, headers={"Origin": origin}),
            await home.http.post(path.partition("?")[0], form={}, headers={"Origin": origin}),
        ):
            origin_told, credentials = allowed(reply)
            assert origin_told in {None, "*"}
            assert credentials is None


@pytest.mark.parametrize("path", CLOSED)
async def test_cs_05_pages_and_back_channels_know_no_cors(home, path):
    await add_ciba_client(home)
    for reply in (
        await preflight(home, path, OURS),
        await home.http.get(path, headers={"Origin": OURS}),
        await home.http.post(path, form={"client_id": "web"}, headers={"Origin": OURS}),
    ):
        assert not [name for name, _ in reply.headers if name.startswith("access-control")]


async def test_cs_05_the_pages_of_a_journey_know_no_cors(home):
    browser = home.browser(headers={"Origin": OURS})
    asked = {"response_type": "code", "client_id": "web", "redirect_uri": CALLBACK, "scope": "openid"}
    reply = await browser.get("/oauth2/authorize", params={**asked, **pkce()})

    page = await browser.follow(reply)

    for answer in (reply, page):
        assert not [name for name, _ in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", OPEN)
async def test_wf_06_public_documents_are_for_everyone_without_credentials(home, path):
    reply = await home.http.get(path, headers={"Origin": THEIRS})

    assert (reply.status, allowed(reply)) == (200, ("*", None))
