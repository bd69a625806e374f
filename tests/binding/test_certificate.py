"""certificate: RFC 8705 §3 at every endpoint."""

import base64

import jwt
import pytest

from tests.http.asgi_client import AsgiClient
from tests.proofs import ClientKey, asserted, assertion_claims, certificate_jwks, self_signed, x5t
from tests.world import BASE, CALLBACK, SECRET, VERIFIER

MINE, OTHER = self_signed(), self_signed()
AUTH = ("web", SECRET)


def over(world, certificate):
    return AsgiClient(world.app, BASE, certificate=certificate)


async def persons_tokens(world, certificate=MINE, auth=AUTH, **form):
    form = {
        "grant_type": "authorization_code", "code": await world.code_for(world.browser()),
        "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **form,
    }  # fmt: skip
    reply = await over(world, certificate).post("/oauth2/token", form=form, auth=auth)
    assert reply.status == 200, reply.text
    return reply.json()


async def info(world, token, certificate):
    headers = {"Authorization": f"Bearer {token}"}
    return await over(world, certificate).get("/oauth2/userinfo", headers=headers)


async def refresh(world, token, certificate, auth=AUTH, **form):
    form = {"grant_type": "refresh_token", "refresh_token": token, **form}
    return await over(world, certificate).post("/oauth2/token", form=form, auth=auth)


@pytest.mark.parametrize("format_", ["opaque", "jwt", "reference"])
async def test_the_token_is_bound_to_the_connection_s_certificate(world, bound, format_):
    await bound("certificate", settings={"access_token_format": format_})

    token = (await persons_tokens(world))["access_token"]

    described = await world.introspect(token)
    assert described["cnf"] == {"x5t#S256": x5t(MINE)}
    assert (described["binding_type"], described["token_type"]) == ("certificate", "Bearer")
    assert (await info(world, token, MINE)).status == 200


async def test_a_jwt_tells_the_thumbprint(world, bound):
    await bound("certificate", settings={"access_token_format": "jwt"})

    token = (await persons_tokens(world))["access_token"]

    assert jwt.decode(token, options={"verify_signature": False})["cnf"] == {"x5t#S256": x5t(MINE)}


async def test_the_registered_switch_binds_too(world):
    await world.client("web", tls_client_certificate_bound_access_tokens=True)

    token = (await persons_tokens(world))["access_token"]

    assert (await world.introspect(token))["cnf"] == {"x5t#S256": x5t(MINE)}


async def test_without_a_certificate_no_token_is_issued(world, bound):
    await bound("certificate")

    reply = await world.token(grant_type="client_credentials", auth=AUTH)

    assert (reply.status, reply.error) == (400, "invalid_request")


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("certificate", [OTHER, None])
async def test_mt_09_with_another_certificate_or_none_the_token_is_refused(
    world, bound, validate, certificate
):
    await bound("certificate", settings={"validate_token_binding": validate})
    token = (await persons_tokens(world))["access_token"]

    reply = await info(world, token, certificate)

    assert (reply.status, reply.error) == (401, "invalid_token")


@pytest.mark.parametrize("validate", [True, False])
async def test_tb_08_a_refresh_with_another_certificate_is_refused(world, bound, validate):
    await bound("certificate", settings={"validate_token_binding": validate})
    token = (await persons_tokens(world))["refresh_token"]

    assert (await refresh(world, token, OTHER)).error == "invalid_grant"
    assert (await refresh(world, token, None)).status == 400
    assert (await refresh(world, token, MINE)).status == 200


async def test_a_client_that_authenticates_by_certificate_comes_with_its_next_one(world, bound):
    jwks = {"keys": [*certificate_jwks(MINE)["keys"], *certificate_jwks(OTHER)["keys"]]}
    await bound("certificate", token_endpoint_auth_method="self_signed_tls_client_auth", jwks=jwks)
    tokens = await persons_tokens(world, auth=None, client_id="web")

    reply = await refresh(world, tokens["refresh_token"], OTHER, auth=None, client_id="web")

    assert reply.status == 200
    assert (await info(world, reply.json()["access_token"], OTHER)).status == 200
    assert (await info(world, reply.json()["access_token"], MINE)).status == 401


async def test_a_public_client_keeps_its_certificate(world, bound):
    await bound("certificate", token_endpoint_auth_method="none")
    tokens = await persons_tokens(world, auth=None, client_id="web")
    form = {"auth": None, "client_id": "web"}

    assert (await refresh(world, tokens["refresh_token"], OTHER, **form)).error == "invalid_grant"
    assert (await refresh(world, tokens["refresh_token"], MINE, **form)).status == 200


async def test_a_client_with_a_key_binds_to_its_certificate(world, bound):
    key = ClientKey()
    await bound("certificate", token_endpoint_auth_method="private_key_jwt", jwks=key.jwks)
    form = {"grant_type": "client_credentials", **asserted(key.sign(assertion_claims(world)))}

    reply = await over(world, MINE).post("/oauth2/token", form=form)

    assert reply.status == 200
    assert reply.json()["token_type"] == "Bearer"


@pytest.mark.parametrize(("certificate", "active"), [(MINE, True), (OTHER, False)])
async def test_introspection_checks_a_certificate_that_is_forwarded(world, bound, certificate, active):
    await bound("certificate")
    token = (await persons_tokens(world))["access_token"]
    form = {"token": token, "limen_certificate": f":{base64.b64encode(certificate).decode()}:"}

    reply = await world.http.post("/oauth2/introspect", form=form, auth=AUTH)

    assert reply.json()["active"] is active


async def test_the_caller_s_own_certificate_says_nothing_of_the_token(world, bound):
    await bound("certificate")
    token = (await persons_tokens(world))["access_token"]

    reply = await over(world, OTHER).post("/oauth2/introspect", form={"token": token}, auth=AUTH)

    assert reply.json()["active"] is True


async def test_a_forwarded_certificate_must_be_base64(world, bound):
    await bound("certificate")
    token = (await persons_tokens(world))["access_token"]
    form = {"token": token, "limen_certificate": "-----BEGIN"}

    assert (await world.http.post("/oauth2/introspect", form=form, auth=AUTH)).error == "invalid_request"


@pytest.mark.parametrize(("validate", "status"), [(True, 401), (False, 200)])
async def test_revocation_asks_for_the_certificate_where_the_policy_does(world, bound, validate, status):
    await bound("certificate", settings={"validate_token_binding": validate})
    token = (await persons_tokens(world))["access_token"]

    reply = await over(world, OTHER).post("/oauth2/revoke", form={"token": token}, auth=AUTH)

    assert reply.status == status


async def test_a_bound_token_is_not_refreshed_without_its_certificate_after_the_policy_changed(world, bound):
    await bound("certificate")
    tokens = await persons_tokens(world)
    await bound("none")

    assert (await refresh(world, tokens["refresh_token"], None)).error == "invalid_grant"
    assert (await refresh(world, tokens["refresh_token"], OTHER)).error == "invalid_grant"
    assert (await refresh(world, tokens["refresh_token"], MINE)).status == 200


async def test_a_bound_token_without_its_certificate_is_an_invalid_token(world, bound):
    await bound("certificate")
    token = (await persons_tokens(world))["access_token"]

    refused = await info(world, token, None)

    assert refused.status == 401
    assert 'error="invalid_token"' in refused.header("www-authenticate")
