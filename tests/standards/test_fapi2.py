"""FAPI 2.0 Security Profile and Message Signing, by section; rule names are what a refusal ends in."""

import jwt
import pytest
import pytest_asyncio

from tests.proofs import ClientKey, asserted, assertion_claims, at_token, proof
from tests.request_objects import asked, left_for_client, push, signed, visit
from tests.world import CALLBACK, make_world

KEY, DPOP = ClientKey("PS256"), ClientKey("ES256")
PAR = "https://id.test/oauth2/par"


@pytest_asyncio.fixture(params=["fapi2-security", "fapi2-message-signing"])
async def profile(request):
    return request.param


@pytest_asyncio.fixture
async def world(profile):
    world = await make_world()
    await world.client("bank", **fields(profile))
    await world.person()
    world.profile = profile
    yield world
    await world.close()


def fields(profile, **changes):
    return {
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": KEY.jwks,
        "id_token_signed_response_alg": "PS256",
        "authorization_signed_response_alg": "PS256",
        "dpop_bound_access_tokens": True,
        "settings": {"security_profile": profile},
        **changes,
    }


def authenticated(world):
    return asserted(KEY.sign(assertion_claims(world, "bank")))


async def bank_push(world, *, headers=None, **changes):
    """Push as the profile wants it: plainly, or as a signed object."""
    if world.profile == "fapi2-message-signing":
        params = {"request": signed(world, KEY, "bank", **changes)}
    else:
        params = asked("bank", **changes)
    return await push(world, auth=None, headers=headers, **authenticated(world), **params)


async def bank_code(world, **changes):
    reply = await bank_push(world, **changes)
    assert reply.status == 201, reply.text
    browser = world.browser()
    begun = await visit(browser, "bank", request_uri=reply.json()["request_uri"])
    return (await world.journey(browser, begun)).params


async def bank_redeem(world, code, **form):
    headers = at_token(world, DPOP)
    form = {"client_id": "bank", **authenticated(world), **form}
    return await world.redeem(code, auth=None, headers=headers, **form)


async def test_5_3_2_the_whole_flow_works(world):
    answer = await bank_code(world)
    assert answer["iss"] == "https://id.test"

    tokens = (await bank_redeem(world, answer["code"])).json()

    assert tokens["token_type"] == "DPoP"
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "PS256"
    renewed = await world.refresh(
        tokens["refresh_token"], auth=None, headers=at_token(world, DPOP), **authenticated(world)
    )
    assert renewed.json()["refresh_token"] == tokens["refresh_token"]


async def test_5_3_2_1_tokens_are_bound_to_a_sender(world):
    code = (await bank_code(world))["code"]

    reply = await world.redeem(code, auth=None, **authenticated(world))

    assert reply.error == "invalid_dpop_proof"


async def test_5_3_2_1_codes_live_a_minute_at_most(world):
    client = await world.storage.client("tenant-root", "bank")
    long = type(client.settings)(security_profile=world.profile, authorization_code_lifetime=600)
    await world.change(client, settings=long)
    code = (await bank_code(world))["code"]
    world.clock.forward(61)

    assert (await bank_redeem(world, code)).error == "invalid_grant"


async def test_5_3_2_1_refresh_tokens_are_not_rotated_even_when_asked_for(world):
    client = await world.storage.client("tenant-root", "bank")
    rotating = type(client.settings)(security_profile=world.profile, refresh_token_rotation=True)
    await world.change(client, settings=rotating)
    tokens = (await bank_redeem(world, (await bank_code(world))["code"])).json()

    headers = at_token(world, DPOP)
    renewed = await world.refresh(tokens["refresh_token"], auth=None, headers=headers, **authenticated(world))

    assert renewed.json()["refresh_token"] == tokens["refresh_token"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "pkce_s256"),
        ({"code_challenge_method": "plain"}, "pkce_s256"),
        ({"code_challenge_method": None}, "pkce_s256"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"response_type": "code id_token", "nonce": "n"}, "code_only"),
        ({"response_type": "token"}, "code_only"),
        ({"response_type": None}, "code_only"),
    ],
)
async def test_5_3_2_2_a_push_that_breaks_a_rule_is_refused_with_its_name(world, changes, rule):
    reply = await bank_push(world, **changes)

    assert (reply.status, reply.error) == (400, "invalid_request")
    assert reply.json()["error_description"].endswith(f"(rule {rule})")


async def test_5_3_2_2_a_request_that_was_not_pushed_is_refused(world):
    plain = await visit(world.browser(), **asked("bank"))
    by_object = await visit(world.browser(), "bank", request=signed(world, KEY, "bank"))

    for reply in (plain, by_object):
        assert left_for_client(reply)
        assert reply.params["error"] == "invalid_request"
        assert reply.params["error_description"].endswith("(rule pushed_request)")


async def test_5_3_2_2_the_proof_at_the_push_binds_the_code(world):
    headers = {"DPoP": proof(world, DPOP, PAR)}
    reply = await bank_push(world, headers=headers)
    browser = world.browser()
    begun = await visit(browser, "bank", request_uri=reply.json()["request_uri"])
    code = (await world.journey(browser, begun)).params["code"]

    other = await world.redeem(code, auth=None, headers=at_token(world, ClientKey()), **authenticated(world))

    assert other.error == "invalid_grant"
    assert (await bank_redeem(world, code)).status == 200


async def test_5_3_2_2_a_proof_for_another_key_than_dpop_jkt_is_refused(world):
    headers = {"DPoP": proof(world, ClientKey(), PAR)}

    reply = await bank_push(world, headers=headers, dpop_jkt=DPOP.thumbprint)

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_long_nonce_and_state_come_back_whole(world):
    answer = await bank_code(world, state="s" * 1000, nonce="n" * 384)

    assert answer["state"] == "s" * 1000
    id_token = (await bank_redeem(world, answer["code"])).json()["id_token"]
    assert jwt.decode(id_token, options={"verify_signature": False})["nonce"] == "n" * 384


async def test_state_and_nonce_may_be_left_out(world):
    answer = await bank_code(world, state=None, nonce=None)

    assert "state" not in answer
    assert (await bank_redeem(world, answer["code"])).status == 200


async def test_5_4_assertions_with_rs256_are_refused(world):
    rsa = ClientKey("RS256")
    client = await world.storage.client("tenant-root", "bank")
    await world.change(client, jwks={"keys": [KEY.jwk, rsa.jwk]})

    reply = await push(
        world, auth=None, **asked("bank"), **asserted(rsa.sign(assertion_claims(world, "bank")))
    )

    assert (reply.status, reply.error) == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"nbf": None},
        {"aud": "https://other.test"},
        {"exp": 1_799_999_999},
        {"nbf": 1_800_000_000 - 3700, "exp": 1_800_000_000 + 10},
        {"exp": 1_800_000_000 + 3700},
        {"request_uri": "urn:ietf:params:oauth:request_uri:x"},
    ],
)
async def test_message_signing_5_3_1_objects_must_be_fresh_and_for_us(world, changes):
    reply = await push(
        world, auth=None, request=signed(world, KEY, "bank", **changes), **authenticated(world)
    )

    assert (reply.status, reply.error) == (400, "invalid_request_object")


@pytest.mark.parametrize("changes", [{"aud": ["https://id.test", "x"]}, {"nbf": 1_800_000_008}])
async def test_message_signing_5_3_1_lists_of_audiences_and_small_clock_skews_are_taken(world, changes):
    request = signed(world, KEY, "bank", **changes)

    assert (await push(world, auth=None, request=request, **authenticated(world))).status == 201


async def test_message_signing_5_3_1_only_the_client_s_strong_signatures_count(world):
    rsa = ClientKey("RS256")
    client = await world.storage.client("tenant-root", "bank")
    await world.change(client, jwks={"keys": [KEY.jwk, rsa.jwk]})

    for key in (rsa, ClientKey("PS256")):
        reply = await push(world, auth=None, request=signed(world, key, "bank"), **authenticated(world))
        assert reply.error == "invalid_request_object"


async def test_message_signing_5_3_1_plain_parameters_are_refused(world):
    reply = await push(world, auth=None, **asked("bank"), **authenticated(world))

    if world.profile == "fapi2-message-signing":
        assert (reply.status, reply.error) == (400, "invalid_request")
        assert reply.json()["error_description"].endswith("(rule signed_request_object)")
    else:
        assert reply.status == 201


async def test_message_signing_5_4_1_answers_may_be_signed(world):
    answer = await bank_code(world, response_mode="jwt")

    assert answer.keys() == {"response"}
    assert jwt.get_unverified_header(answer["response"])["alg"] == "PS256"


async def test_message_signing_5_4_1_a_weak_signature_of_answers_is_refused(world):
    client = await world.storage.client("tenant-root", "bank")
    await world.change(client, authorization_signed_response_alg="RS256")

    reply = await bank_push(world, response_mode="jwt")

    assert reply.json()["error_description"].endswith("(rule answer_algorithm)")


async def test_discovery_has_what_the_profile_needs(world):
    found = (await world.http.get("/.well-known/openid-configuration")).json()

    strong = {"PS256", "ES256", "EdDSA"}
    for name in (
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "request_object_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "authorization_signing_alg_values_supported",
        "dpop_signing_alg_values_supported",
    ):
        assert strong & set(found[name]), name
    assert found["pushed_authorization_request_endpoint"] == PAR
    assert found["require_pushed_authorization_requests"] is False
    assert found["authorization_response_iss_parameter_supported"] is True
    assert "S256" in found["code_challenge_methods_supported"]
    assert CALLBACK not in str(found)


async def test_5_3_2_an_id_token_holds_no_session_that_nobody_asked_for(world):
    code = (await bank_code(world))["code"]

    tokens = (await bank_redeem(world, code)).json()

    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert "sid" not in claims
