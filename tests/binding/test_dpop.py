"""dpop: RFC 9449 at every endpoint."""

import jwt
import pytest

from tests.proofs import ClientKey, at_token, at_userinfo, proof
from tests.world import CALLBACK, SECRET, VERIFIER

KEY, OTHER = ClientKey("ES256"), ClientKey("ES256")
AUTH = ("web", SECRET)


async def own_token(world, key=KEY, **changes):
    return await world.token(
        grant_type="client_credentials", auth=AUTH, headers=at_token(world, key, **changes)
    )


async def persons_tokens(world, key=KEY, auth=AUTH, **form):
    code = await world.code_for(world.browser())
    reply = await world.redeem(code, auth=auth, headers=at_token(world, key), **form)
    assert reply.status == 200, reply.text
    return reply.json()


async def info(world, token, key=KEY, *, scheme="DPoP", **changes):
    return await world.userinfo(token, scheme=scheme, headers=at_userinfo(world, key, token, **changes))


@pytest.mark.parametrize("format_", ["opaque", "jwt", "reference"])
async def test_a_proof_binds_the_token_to_its_key(world, format_):
    await world.client("web", settings={"access_token_format": format_})

    tokens = await persons_tokens(world)

    assert tokens["token_type"] == "DPoP"
    assert (await info(world, tokens["access_token"])).status == 200
    described = await world.introspect(tokens["access_token"])
    assert described["cnf"] == {"jkt": KEY.thumbprint}
    assert (described["token_type"], described["binding_type"]) == ("DPoP", "dpop")


async def test_a_jwt_tells_its_key(world):
    await world.client("web", settings={"access_token_format": "jwt"})

    token = (await own_token(world)).json()["access_token"]

    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["cnf"] == {"jkt": KEY.thumbprint}
    assert (claims["binding_type"], claims["binding_ref"]) == ("dpop", KEY.thumbprint)


async def test_a_jwt_bound_twice_is_taken_with_both(world):
    await world.client("web", settings={"access_token_format": "jwt", "token_binding_type": "client-request"})

    reply = await world.token(
        grant_type="client_credentials", auth=AUTH, headers=at_token(world, KEY), tokenBindingId="one"
    )
    described = await world.introspect(reply.json()["access_token"])

    assert described["binding_type"] == "client-request"
    assert described["cnf"] == {"jkt": KEY.thumbprint}


async def test_without_a_proof_and_without_a_policy_the_token_is_a_bearer_token(world):
    await world.client("web")

    assert (await world.token(grant_type="client_credentials", auth=AUTH)).json()["token_type"] == "Bearer"


async def test_dp_01_the_same_proof_twice_is_refused(world):
    await world.client("web")
    headers = at_token(world, KEY)

    first = await world.token(grant_type="client_credentials", auth=AUTH, headers=headers)
    second = await world.token(grant_type="client_credentials", auth=AUTH, headers=headers)

    assert first.status == 200
    assert (second.status, second.error) == (400, "invalid_dpop_proof")


async def test_dp_01_neither_is_it_taken_twice_at_a_resource(world):
    await world.client("web")
    token = (await persons_tokens(world))["access_token"]
    headers = at_userinfo(world, KEY, token)

    assert (await world.userinfo(token, scheme="DPoP", headers=headers)).status == 200
    assert (await world.userinfo(token, scheme="DPoP", headers=headers)).status == 401


async def test_dp_01_not_even_after_a_sweep_in_its_last_second(world):
    await world.client("web")
    headers = at_token(world, KEY)
    await world.token(grant_type="client_credentials", auth=AUTH, headers=headers)

    world.clock.forward(60)
    await world.storage.sweep(world.clock.now())

    reply = await world.token(grant_type="client_credentials", auth=AUTH, headers=headers)
    assert reply.error == "invalid_dpop_proof"


@pytest.mark.parametrize("changes", [{"method": "GET"}, {"url": "https://id.test/oauth2/par"}])
async def test_dp_02_a_proof_for_another_request_is_refused(world, changes):
    await world.client("web")

    reply = await own_token(world, **changes)

    assert (reply.status, reply.error) == (400, "invalid_dpop_proof")


async def test_dp_02_query_and_fragment_do_not_matter(world):
    await world.client("web")

    assert (await own_token(world, url="https://ID.test:443/oauth2/token?a=b#c")).status == 200


@pytest.mark.parametrize(("offset", "status"), [(-60, 200), (10, 200), (-61, 400), (11, 400)])
async def test_dp_03_a_proof_lives_a_minute_and_ten_seconds_ahead(world, offset, status):
    await world.client("web")

    assert (await own_token(world, iat=world.clock.now() + offset)).status == status


async def test_dp_06_a_bound_token_is_no_bearer_token(world):
    await world.client("web")
    token = (await persons_tokens(world))["access_token"]

    for reply in (await world.userinfo(token), await info(world, token, scheme="Bearer")):
        assert (reply.status, reply.error) == (401, "invalid_token")


async def test_dp_06_nor_a_bearer_token_a_bound_one(world):
    await world.client("web")
    token = (await world.code_flow())["access_token"]

    assert (await info(world, token)).status == 401


async def test_dp_07_another_key_s_proof_is_refused(world):
    await world.client("web")
    token = (await persons_tokens(world))["access_token"]

    reply = await info(world, token, OTHER)

    assert (reply.status, reply.error) == (401, "invalid_token")
    assert reply.header("www-authenticate").startswith("DPoP ")


@pytest.mark.parametrize("ath", [None, "x"])
async def test_a_proof_for_another_token_is_refused(world, ath):
    await world.client("web")
    token = (await persons_tokens(world))["access_token"]

    reply = await info(world, token, ath=ath)

    assert (reply.status, reply.error) == (401, "invalid_dpop_proof")


async def test_dp_07_a_bound_token_without_a_proof_is_refused(world):
    await world.client("web")
    token = (await persons_tokens(world))["access_token"]

    assert (await world.userinfo(token, scheme="DPoP")).status == 401


async def test_dp_07_without_a_proof_it_is_the_token_that_is_invalid_whatever_the_policy_says(world):
    await world.client("web", dpop_bound_access_tokens=True)
    token = await persons_tokens(world)

    refused = await world.userinfo(token["access_token"], scheme="DPoP")

    assert refused.status == 401
    assert 'error="invalid_token"' in refused.header("www-authenticate")


async def test_a_refused_proof_leaves_the_token_alive(world):
    await world.client("web")
    token = (await persons_tokens(world))["access_token"]
    await info(world, token, OTHER)

    assert (await info(world, token)).status == 200


@pytest.mark.parametrize(
    "fields", [{"dpop_bound_access_tokens": True}, {"settings": {"token_binding_type": "dpop"}}]
)
async def test_dp_10_a_client_that_must_prove_a_key_and_does_not_is_refused(world, fields):
    await world.client("web", **fields)

    reply = await world.token(grant_type="client_credentials", auth=AUTH)

    assert (reply.status, reply.error) == (400, "invalid_dpop_proof")


async def test_dp_13_a_key_of_4096_bits_is_accepted(world):
    await world.client("web")

    assert (await own_token(world, ClientKey("PS256", bits=4096))).status == 200


async def test_dp_13_a_proof_of_ten_kilobytes_is_refused(world):
    await world.client("web")

    assert (await own_token(world, pad="x" * 10_000)).status in {400, 431}


async def test_two_proofs_in_one_request_are_refused(world):
    await world.client("web")
    from tests.http.asgi_client import basic

    fields = [
        ("dpop", proof(world, KEY)), ("dpop", proof(world, KEY)), ("authorization", basic(*AUTH)),
        ("content-type", "application/x-www-form-urlencoded"),
    ]  # fmt: skip
    url = "https://id.test/oauth2/token"
    reply = await world.http.send("POST", url, fields, b"grant_type=client_credentials")

    assert reply.status == 400


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "PS256", "EdDSA"])
async def test_each_algorithm_of_discovery_works(world, alg):
    await world.client("web")
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    assert alg in document["dpop_signing_alg_values_supported"]
    assert (await own_token(world, ClientKey(alg))).status == 200


async def test_pkcs_1_signatures_are_refused(world):
    await world.client("web")

    assert (await own_token(world, ClientKey("RS256"))).error == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"}, {"typ": None}, {"jwk": None}, {"jwk": OTHER.bare}, {"jwk": {**KEY.bare, "d": "AAAA"}},
        {"jwk": {"kty": "oct", "k": "AAAA"}}, {"jwk": "text"}, {"crit": ["what"]}, {"jku": "https://evil.test/"},
    ],
)  # fmt: skip
async def test_a_proof_with_another_header_is_refused(world, header):
    await world.client("web")

    reply = await own_token(world, header=header)

    assert (reply.status, reply.error) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize("text", ["x", "a.b", "a.b.c", "eyJ.eyJ.x", "."])
async def test_what_is_no_jwt_is_no_proof(world, text):
    await world.client("web")

    reply = await world.token(grant_type="client_credentials", auth=AUTH, headers={"DPoP": text})

    assert reply.error == "invalid_dpop_proof"


async def test_jw_09_a_client_assertion_is_no_proof(world):
    await world.client("web")

    assert (await own_token(world, header={"typ": "client-authentication+jwt"})).error == "invalid_dpop_proof"


# --- refresh


async def test_a_confidential_client_refreshes_with_a_new_key(world):
    await world.client("web")
    tokens = await persons_tokens(world)

    reply = await world.refresh(tokens["refresh_token"], headers=at_token(world, OTHER))

    assert reply.status == 200, reply.text
    assert (await info(world, reply.json()["access_token"], OTHER)).status == 200
    assert (await info(world, reply.json()["access_token"], KEY)).status == 401


async def test_but_not_without_a_proof(world):
    await world.client("web")
    tokens = await persons_tokens(world)

    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"


async def test_a_public_client_refreshes_with_the_same_key_alone(world):
    await world.client("web", token_endpoint_auth_method="none")
    tokens = await persons_tokens(world, auth=None, client_id="web")
    token, form = tokens["refresh_token"], {"auth": None, "client_id": "web"}

    other = await world.refresh(token, headers=at_token(world, OTHER), **form)
    none = await world.refresh(token, **form)
    same = await world.refresh(token, headers=at_token(world, KEY), **form)

    assert (other.error, none.error, same.status) == ("invalid_grant", "invalid_grant", 200)


# --- codes


async def test_dpop_jkt_binds_the_code(world):
    await world.client("web")

    wrong = await world.code_for(world.browser(), dpop_jkt=KEY.thumbprint)
    assert (await world.redeem(wrong, headers=at_token(world, OTHER))).error == "invalid_grant"
    assert (await world.redeem(wrong)).error == "invalid_grant"
    assert (await world.redeem(wrong, headers=at_token(world, KEY))).status == 200


# --- nonces


async def test_a_required_nonce_is_asked_for_and_then_taken(world):
    await world.client("web", settings={"require_dpop_nonce": True})

    asked = await own_token(world)
    nonce = asked.header("dpop-nonce")

    assert (asked.status, asked.error) == (400, "use_dpop_nonce")
    assert (await own_token(world, nonce=nonce)).status == 200
    world.clock.forward(300)
    assert (await own_token(world, nonce=nonce)).status == 200
    world.clock.forward(1)
    assert (await own_token(world, nonce=nonce)).error == "use_dpop_nonce"


async def test_a_resource_asks_for_its_nonce_with_a_challenge(world):
    client = await world.client("web")
    token = (await persons_tokens(world))["access_token"]
    await world.change(client, settings=type(client.settings)(require_dpop_nonce=True))

    asked = await info(world, token)

    assert (asked.status, asked.error) == (401, "use_dpop_nonce")
    assert 'error="use_dpop_nonce"' in asked.header("www-authenticate")
    assert (await info(world, token, nonce=asked.header("dpop-nonce"))).status == 200


@pytest.mark.parametrize("nonce", ["x", 7, "lm_dn_AAAA"])
async def test_a_nonce_that_is_not_ours_is_replaced(world, nonce):
    await world.client("web")

    reply = await own_token(world, nonce=nonce)

    assert reply.error == "use_dpop_nonce"
    assert (await own_token(world, nonce=reply.header("dpop-nonce"))).status == 200


async def test_a_nonce_of_another_tenant_is_not_ours(world):
    await world.tenant("a")
    await world.client("web")
    packed = world.clock.now().to_bytes(8, "big")

    reply = await own_token(world, nonce=world.keys.seal("tenant-a", "dn", packed))

    assert reply.error == "use_dpop_nonce"


# --- introspection and revocation


async def told(world, token, key, **changes):
    url = "https://api.test/things"
    form = {
        "token": token, "limen_dpop": proof(world, key, url, method="PUT", token=token, **changes),
        "limen_htm": "PUT", "limen_htu": url,
    }  # fmt: skip
    return (await world.http.post("/oauth2/introspect", form=form, auth=AUTH)).json()


async def test_introspection_checks_a_proof_that_is_forwarded(world):
    await world.client("web")
    token = (await own_token(world)).json()["access_token"]

    assert (await told(world, token, KEY))["active"] is True
    assert await told(world, token, OTHER) == {"active": False}
    assert await told(world, token, KEY, htm="GET") == {"active": False}


async def test_introspection_takes_a_forwarded_proof_once(world):
    await world.client("web")
    token = (await own_token(world)).json()["access_token"]

    assert [(await told(world, token, KEY, jti="again"))["active"] for _ in range(2)] == [True, False]


async def test_introspection_needs_to_know_what_the_proof_is_for(world):
    await world.client("web")
    token = (await own_token(world)).json()["access_token"]

    form = {"token": token, "limen_dpop": "x"}
    reply = await world.http.post("/oauth2/introspect", form=form, auth=AUTH)

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_its_client_may_revoke_a_bound_token_without_a_proof(world):
    await world.client("web")
    token = (await own_token(world)).json()["access_token"]

    assert (await world.http.post("/oauth2/revoke", form={"token": token}, auth=AUTH)).status == 200
    assert await world.introspect(token) == {"active": False}


async def test_a_failed_redemption_does_not_spend_the_code(world):
    await world.client("web", dpop_bound_access_tokens=True)
    code = await world.code_for(world.browser())
    form = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER}

    assert (await world.redeem(code, **form)).error == "invalid_dpop_proof"
    assert (await world.redeem(code, headers=at_token(world, KEY), **form)).status == 200
