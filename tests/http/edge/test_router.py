"""Paths, tenants and methods."""

import pytest

from limen.http.refused import Refused
from limen.http.route import Route
from limen.http.router import Router
from tests.http.edge.small import echo, resolve


async def test_a_tenants_endpoint_is_found_below_its_prefix(client):
    seen = (await client.post("/t/acme/oauth2/token")).json()

    assert seen["tenant"] == "acme"
    assert seen["base"] == "https://id.test/t/acme"
    assert seen["url"] == "https://id.test/t/acme/oauth2/token"
    assert seen["path"] == "/oauth2/token"


async def test_the_root_tenant_has_no_prefix(client):
    seen = (await client.post("/oauth2/token")).json()

    assert (seen["tenant"], seen["base"]) == ("", "https://id.test")


@pytest.mark.parametrize(
    ("path", "tenant"),
    [
        ("/.well-known/openid-configuration", ""),
        ("/.well-known/oauth-authorization-server", ""),
        ("/oauth2/token/.well-known/openid-configuration", ""),
        ("/oauth2/token/.well-known/oauth-authorization-server", ""),
        ("/oauth2/oidcdiscovery/.well-known/openid-configuration", ""),
        ("/.well-known/oauth-authorization-server/oauth2/token", ""),
        ("/t/acme/.well-known/openid-configuration", "acme"),
        ("/t/acme/oauth2/token/.well-known/openid-configuration", "acme"),
        ("/t/acme/oauth2/oidcdiscovery/.well-known/openid-configuration", "acme"),
        ("/.well-known/oauth-authorization-server/t/acme", "acme"),
        ("/.well-known/openid-configuration/t/acme", "acme"),
        ("/.well-known/oauth-authorization-server/t/acme/oauth2/token", "acme"),
    ],
)
async def test_every_form_of_the_discovery_address_is_served(client, path, tenant):
    reply = await client.get(path)

    assert (reply.status, reply.json()["tenant"]) == (200, tenant)


@pytest.mark.parametrize(
    "path",
    [
        "/t/ACME/oauth2/token",
        "/t/acme./oauth2/token",
        "/t/%61cme/oauth2/token",
        "/t/%D0%B0cme/oauth2/token",
        "/t/nobody/oauth2/token",
        "/t/",
        "/t",
        "/t/acme",
        "/t/acme/t/acme/oauth2/token",
        "/t//oauth2/token",
        "/.well-known/openid-configuration/t/",
        "/.well-known/openid-configuration/t/acme/x",
        "/.well-known/openid-configuration/t/ACME",
    ],
)
async def test_tn_11_names_that_only_look_alike_are_unknown(client, path):
    method = "GET" if path.startswith("/.well-known") else "POST"

    assert (await client.request(method, path)).status in {400, 404}


async def test_an_issuer_typed_without_a_slash_leads_to_the_tenants_front_page():
    router = Router([Route(path="/", methods=("GET",), endpoint=echo)], resolve)

    for typed in ("/t/acme", "/t/acme/"):
        found = await router.find("GET", typed)
        assert (found.tenant.name, found.prefix, found.path) == ("acme", "/t/acme", "/")
    with pytest.raises(Refused):
        await router.find("GET", "/t/nobody")


async def test_tn_07_a_disabled_tenant_is_not_there(client):
    assert (await client.post("/t/off/oauth2/token")).status == 404


async def test_webfinger_is_answered_at_the_root_alone(client):
    assert (await client.get("/.well-known/webfinger")).status == 200
    assert (await client.get("/t/acme/.well-known/webfinger")).status == 404


async def test_the_servers_own_routes_have_no_tenant(client):
    assert (await client.get("/health/live")).status == 200
    assert (await client.get("/t/acme/health/live")).status == 404


async def test_arguments_are_decoded_segment_by_segment(client):
    assert (await client.get("/i/4f/sign_in")).json()["args"] == {"interaction": "4f", "step": "sign_in"}
    assert (await client.get("/register/a%20b")).json()["args"] == {"client_id": "a b"}
    assert (await client.get("/i/4f")).status == 404
    assert (await client.get("/i/4f/sign_in/")).status == 404


async def test_a_literal_is_preferred_to_an_argument(client):
    assert (await client.get("/register/new")).json()["args"] == {}
    assert (await client.request("DELETE", "/register/old")).json()["args"] == {"client_id": "old"}


async def test_a_wrong_method_is_told_the_right_ones(client):
    reply = await client.get("/oauth2/token")

    assert (reply.status, reply.header("allow")) == (405, "POST")
    assert (await client.request("OPTIONS", "/api")).header("allow") == "POST, PUT"


async def test_head_is_get_without_a_body(client):
    get, head = await client.get("/register/new"), await client.request("HEAD", "/register/new")

    assert (head.status, head.body) == (200, b"")
    assert head.header("content-length") == get.header("content-length")


async def test_a_browser_gets_a_page_for_an_unknown_address(client):
    reply = await client.get("/nowhere", headers={"Accept": "text/html,*/*"})

    assert (reply.status, reply.header("content-type")) == (404, "text/html; charset=utf-8")
    assert "not_found" in reply.text


def test_two_routes_for_one_address_do_not_start():
    with pytest.raises(ValueError):
        Router([Route(path="/x", methods=("GET",), endpoint=echo)] * 2, resolve)


async def test_of_two_that_fit_the_one_with_the_earlier_literal_is_found():
    paths = ("/a/{x}/{y}", "/a/{x}/c", "/a/b/{y}")
    router = Router([Route(path=path, methods=("GET",), endpoint=echo) for path in paths], resolve)

    async def at(path):
        found = await router.find("GET", path)
        return found.route.path, found.args

    assert await at("/a/b/c") == ("/a/b/{y}", {"y": "c"})
    assert await at("/a/x/c") == ("/a/{x}/c", {"x": "x"})
    assert await at("/a/x/y%2B") == ("/a/{x}/{y}", {"x": "x", "y": "y+"})


def test_a_path_that_begins_with_an_argument_does_not_start():
    with pytest.raises(ValueError):
        Router([Route(path="/{name}/x", methods=("GET",), endpoint=echo)], resolve)
