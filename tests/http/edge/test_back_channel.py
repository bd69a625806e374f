"""Answers and refusals for programs."""

import pytest

from limen.errors import TemporarilyUnavailable
from limen.http.errors import plain
from tests.http.asgi_client import AsgiClient
from tests.http.edge.small import APP, BASE, application


async def test_ca_22_every_answer_to_a_program_is_private_json(client):
    for reply in (
        await client.post("/struct"),
        await client.get("/refuse/client"),
        await client.get("/broken"),
    ):
        assert reply.header("cache-control") == "no-store"
        assert reply.header("content-type") == "application/json"
        assert reply.header("x-content-type-options") == "nosniff"
        assert reply.header("strict-transport-security")
        assert reply.header("server") is None


async def test_xs_12_there_is_no_jsonp(client):
    reply = await client.post("/struct?callback=alert")

    assert reply.body == b'{"access_token":"abc"}'
    assert reply.header("content-type") == "application/json"


async def test_nothing_is_an_empty_answer(client):
    reply = await client.post("/nothing")

    assert (reply.status, reply.body, reply.header("content-length")) == (200, b"", "0")


async def test_a_ready_body_keeps_its_status_type_and_caching(client):
    reply = await client.get("/body")

    assert (reply.status, reply.body) == (201, b"jwt")
    assert reply.all("cache-control") == ["max-age=9"]
    assert reply.all("content-type") == ["application/jwt"]
    assert reply.header("pragma") is None


async def test_ca_01_invalid_client_is_a_challenge(client):
    reply = await client.get("/refuse/client")

    assert reply.status == 401
    assert reply.header("www-authenticate") == 'Basic realm="limen"'
    assert reply.json() == {"error": "invalid_client", "error_description": "no 'such'/client ?"}


def test_descriptions_have_the_characters_rfc_6749_5_2_allows():
    assert plain('a "quoted" \\ ünïcode\r\n\x1b') == "a 'quoted' / ?n?code???"


async def test_a_refusal_has_a_reference_and_the_reason_stays_inside(client, witness):
    reply = await client.get("/refuse/client")
    exchange, response = witness.seen[0]

    assert reply.header("limen-reference") == exchange.reference
    assert response.detail == "unknown id"
    assert "unknown id" not in reply.text


async def test_references_read_well_and_differ(client):
    given = {(await client.get("/refuse/client")).header("limen-reference") for _ in range(50)}

    assert len(given) == 50
    assert all(len(text) == 13 and text.startswith("LMN-") and text[8] == "-" for text in given)


async def test_a_dpop_nonce_goes_with_its_refusal(client):
    reply = await client.get("/refuse/nonce")

    assert (reply.status, reply.error, reply.header("dpop-nonce")) == (400, "use_dpop_nonce", "n1")


async def test_a_busy_server_says_when_to_come_back(client):
    reply = await client.get("/refuse/busy")

    assert (reply.status, reply.header("retry-after")) == (503, "2")


async def test_rfc_6750_3_1_without_a_token_the_challenge_has_no_error(client):
    reply = await client.get("/refuse/token")

    assert (reply.status, reply.body) == (401, b"")
    assert reply.all("www-authenticate") == [
        'Bearer realm="limen"',
        'DPoP realm="limen", algs="ES256 ES384 ES512 PS256 PS384 PS512 EdDSA Ed25519"',
    ]


async def test_rfc_6750_3_1_with_a_token_the_challenge_tells(client):
    reply = await client.get("/refuse/token", headers={"Authorization": "Bearer abc"})

    assert (reply.status, reply.error) == (401, "invalid_token")
    assert reply.header("www-authenticate") == (
        'Bearer realm="limen", error="invalid_token", error_description="expired"'
    )


async def test_rfc_9449_7_1_the_challenge_speaks_the_scheme_that_was_used(client):
    reply = await client.get("/refuse/token", headers={"Authorization": "DPoP abc"})

    assert reply.header("www-authenticate") == (
        'DPoP realm="limen", error="invalid_token", error_description="expired", '
        'algs="ES256 ES384 ES512 PS256 PS384 PS512 EdDSA Ed25519"'
    )


async def test_rfc_9449_9_a_resource_asks_for_its_nonce_with_401(client):
    reply = await client.get("/refuse/proof", headers={"Authorization": "DPoP abc"})

    assert (reply.status, reply.header("dpop-nonce")) == (401, "n2")
    assert 'error="use_dpop_nonce"' in reply.header("www-authenticate")


async def test_insufficient_scope_is_forbidden(client):
    reply = await client.get("/refuse/scope", headers={"Authorization": "Bearer abc"})

    assert reply.status == 403
    assert 'error="insufficient_scope"' in reply.header("www-authenticate")


async def test_what_breaks_is_told_to_the_operator_alone(client, witness):
    reply = await client.get("/broken")

    assert (reply.status, reply.error) == (500, "server_error")
    assert "hunter2" not in reply.text
    assert reply.header("limen-reference")
    assert [type(fault) for fault in witness.faults] == [RuntimeError]


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_parameters_of_url_and_form_stay_apart(client, method):
    seen = (
        await client.request(method, "/userinfo?a=1", form={"b": "2"} if method == "POST" else None)
    ).json()

    assert seen["query"] == {"a": ["1"]}
    assert seen["params"] == ({"b": ["2"]} if method == "POST" else {"a": ["1"]})


@pytest.mark.parametrize("accept", ["application/json", "*/*", None])
async def test_who_comes_while_no_tenant_can_be_read_is_told_to_come_again(accept, witness):
    client = AsgiClient(application(witnesses=(witness,), tenants=unavailable), BASE)
    reply = await client.post("/oauth2/token", form={}, headers={"Accept": accept} if accept else {})

    assert (reply.status, reply.error) == (503, "temporarily_unavailable")
    assert reply.header("retry-after")
    assert reply.header("limen-reference")
    assert witness.faults == []


async def test_a_person_sees_a_page_while_no_tenant_can_be_read(witness):
    client = AsgiClient(application(witnesses=(witness,), tenants=unavailable), BASE)
    reply = await client.get("/form", headers={"Accept": "text/html"})

    assert (reply.status, reply.header("retry-after") is not None) == (503, True)
    assert "<h1>error</h1>" in reply.text
    assert witness.faults == []


async def test_an_answer_is_given_though_nobody_can_say_who_may_read_it(witness):
    client = AsgiClient(application(witnesses=(witness,), readers=unavailable), BASE)
    reply = await client.post("/oauth2/token", form={}, headers={"Origin": APP})

    assert (reply.status, reply.header("access-control-allow-origin")) == (200, None)
    assert witness.faults == []


async def unavailable(*_):
    raise TemporarilyUnavailable("later")
