"""Rows CS of the attack catalogue."""

import pytest

from tests.http.asgi_client import AsgiClient
from tests.http.edge.small import APP, BASE, application


def told(reply):
    return {name: value for name, value in reply.headers if name.startswith("access-control")}


async def ask(client, path, origin, method="POST"):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, dpop",
    }
    return await client.request("OPTIONS", path, headers=headers)


async def test_a_registered_origin_reads_with_credentials(client):
    reply = await client.post("/oauth2/token", headers={"Origin": APP})

    assert told(reply)["access-control-allow-origin"] == APP
    assert told(reply)["access-control-allow-credentials"] == "true"
    assert "DPoP-Nonce" in told(reply)["access-control-expose-headers"]
    assert reply.header("vary") == "Origin"


async def test_a_registered_origin_reads_refusals_too(client):
    reply = await client.post("/oauth2/token", json={}, headers={"Origin": APP})

    assert (reply.status, told(reply)["access-control-allow-origin"]) == (415, APP)


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "https://app.test.evil.test", "HTTPS://APP.TEST", "é", "x" * 300]
)
@pytest.mark.parametrize("path", ["/oauth2/token", "/userinfo"])
async def test_cs_01_an_unregistered_origin_reads_nothing(client, path, origin):
    reply = await client.post(path, headers={"Origin": origin})
    preflight = await ask(client, path, origin)

    assert told(reply) == told(preflight) == {}
    assert reply.header("vary") == "Origin"


async def test_cs_01_an_origin_that_names_nobody_reads_nothing_whoever_is_let_in():
    asked = []

    async def everybody(tenant, origin, client_id):
        asked.append(origin)
        return True

    client = AsgiClient(application(readers=everybody), BASE)
    longest = "https://" + "x" * 247
    for origin in ("null", f"{longest}x", "https://é.test", "https://app.test\x7f"):
        assert told(await client.post("/oauth2/token", headers={"Origin": origin})) == {}
    reply = await client.post("/oauth2/token", headers={"Origin": longest})

    assert told(reply)["access-control-allow-origin"] == longest
    assert asked == [longest]


async def test_cs_02_another_tenants_origin_is_unregistered(client):
    assert told(await client.post("/t/acme/oauth2/token", headers={"Origin": APP})) == {}


async def test_a_preflight_for_a_registered_origin(client):
    reply = await ask(client, "/userinfo", APP, "GET")

    assert (reply.status, reply.header("content-length")) == (204, None)
    assert told(reply)["access-control-allow-methods"] == "GET, POST"
    assert {"authorization", "content-type", "dpop"} <= set(
        told(reply)["access-control-allow-headers"].split(", ")
    )


async def test_a_preflight_that_names_no_origin_permits_nothing(client):
    reply = await client.request("OPTIONS", "/userinfo")

    assert (reply.status, told(reply), reply.header("vary")) == (204, {}, "Origin")


async def test_everyone_reads_discovery_but_without_credentials(client):
    reply = await client.get("/.well-known/openid-configuration", headers={"Origin": "https://any.test"})
    preflight = await ask(client, "/.well-known/openid-configuration", "https://any.test", "GET")

    for answer in (reply, preflight):
        assert told(answer)["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in told(answer)


async def test_an_endpoint_without_cors_knows_no_preflight(client):
    assert (await ask(client, "/api", APP)).status == 405
    assert (await ask(client, "/form", APP)).status == 405
