"""Redirect addresses, PKCE, client authentication (rows 16 to 28); attacks and RFCs have the rest."""

import base64
from urllib.parse import quote_plus

import pytest

from tests.world import SECRET, pkce

TRICKY = "se:cret%2B+ with=all & more"


async def test_row_17_a_registered_address_gets_the_state_back_and_another_a_page(world):
    await world.client(post_logout_redirect_uris=("https://app.test/bye",))
    ask = {"client_id": "web", "state": "s 1"}

    home = await world.browser().get(
        "/oidc/logout", params={**ask, "post_logout_redirect_uri": "https://app.test/bye"}
    )
    lost = await world.browser().get(
        "/oidc/logout", params={**ask, "post_logout_redirect_uri": "https://evil.test/"}
    )

    assert home.location.startswith("https://app.test/bye?")
    assert home.params["state"] == "s 1"
    assert (lost.status, lost.header("location")) == (400, None)


@pytest.mark.parametrize("verifier", ["v" * 42, "v" * 129, "v" * 42 + "!", "w" * 43, None, ""])
async def test_row_19_a_verifier_must_be_well_formed_and_right(world, verifier):
    await world.client()
    await world.person()
    code = await world.code_for(world.browser())

    reply = await world.redeem(code, code_verifier=verifier)

    assert (reply.status, reply.error) in {(400, "invalid_grant"), (400, "invalid_request")}
    assert (await world.redeem(code)).status == 200


async def test_row_19_a_verifier_without_a_challenge_is_an_invalid_grant(world):
    await world.client(settings={"require_pkce": False})
    await world.person()
    code = await world.code_for(world.browser(), code_challenge=None, code_challenge_method=None)

    assert (await world.redeem(code)).error == "invalid_grant"
    assert (await world.redeem(code, code_verifier=None)).status == 200


async def test_row_21_plain_needs_tenant_and_client(world):
    await world.client(settings={"allow_plain_pkce": True})
    await world.person()
    plain = {"code_challenge": "v" * 43, "code_challenge_method": None}

    off = await world.authorize(world.browser(), **plain)
    await world.tenant(legacy=frozenset({"plain_pkce"}))
    code = await world.code_for(world.browser(), **plain)

    assert off.error == "invalid_request"
    assert (await world.redeem(code)).status == 200


@pytest.mark.parametrize("encode", [str, quote_plus])
async def test_row_22_a_secret_is_taken_encoded_and_raw(world, encode):
    await world.client(secret=TRICKY)
    pair = base64.b64encode(f"web:{encode(TRICKY)}".encode()).decode()

    reply = await world.token(grant_type="client_credentials", headers={"Authorization": f"Basic {pair}"})

    assert reply.status == 200


async def test_row_22_the_name_may_be_repeated_in_the_body_and_the_secret_may_not(world):
    await world.client()
    web = ("web", SECRET)

    named = await world.token(grant_type="client_credentials", client_id="web", auth=web)
    twice = await world.token(
        grant_type="client_credentials", client_id="web", client_secret=SECRET, auth=web
    )

    assert named.status == 200
    assert (twice.status, twice.error) == (400, "invalid_request")


async def test_row_23_the_registered_method_is_the_only_one(world):
    await world.client("header")
    await world.client("body", token_endpoint_auth_method="client_secret_post")
    form = {"grant_type": "client_credentials", "client_secret": SECRET}

    assert (await world.token(**form, client_id="body")).status == 200
    assert (await world.token(**form, client_id="header")).status == 401


async def test_row_26_a_public_client_needs_no_secret_and_gets_nothing_for_itself(world):
    await world.client("spa", token_endpoint_auth_method="none")
    await world.person()
    code = await world.code_for(world.browser(), "spa")

    itself = await world.token(grant_type="client_credentials", client_id="spa")
    with_secret = await world.redeem(code, auth=None, client_id="spa", client_secret="whatever")

    assert itself.error == "unauthorized_client"
    assert with_secret.status == 200


async def test_row_28_where_pushing_is_mandatory_a_plain_request_is_refused(world):
    await world.client(require_pushed_authorization_requests=True)
    pushed = await world.http.post(
        "/oauth2/par",
        form={"response_type": "code", "redirect_uri": "https://app.test/cb", "scope": "openid", **pkce()},
        auth=("web", SECRET),
    )

    plain = await world.authorize(world.browser())
    by_reference = await world.browser().get(
        "/oauth2/authorize", params={"client_id": "web", "request_uri": pushed.json()["request_uri"]}
    )

    assert (pushed.status, pushed.json()["expires_in"]) == (201, 60)
    assert plain.error == "invalid_request"
    assert "/i/" in by_reference.location
