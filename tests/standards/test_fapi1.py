"""FAPI 1.0 Advanced, by section; rule names are what a refusal ends in."""

import base64
import hashlib
import uuid

import jwt
import pytest
import pytest_asyncio

from tests.proofs import Authority, ClientKey, asserted, assertion_claims
from tests.request_objects import asked, left_for_client, push, signed, visit
from tests.world import make_world

KEY = ClientKey("PS256")


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(
        "bank",
        token_endpoint_auth_method="private_key_jwt",
        jwks=KEY.jwks,
        response_types=("code", "code id_token"),
        grant_types=frozenset({"authorization_code", "implicit", "refresh_token"}),
        id_token_signed_response_alg="PS256",
        authorization_signed_response_alg="PS256",
        tls_client_certificate_bound_access_tokens=True,
        settings={"security_profile": "fapi1-advanced", "require_pkce": False},
    )
    await world.person()
    yield world
    await world.close()


def hybrid(world, **changes):
    wish = {
        "response_type": "code id_token", "nonce": "n", "code_challenge": None,
        "code_challenge_method": None, **changes,
    }  # fmt: skip
    return signed(world, KEY, "bank", **wish)


async def asks(world, browser=None, **changes):
    return await visit(browser or world.browser(), "bank", request=hybrid(world, **changes))


async def test_5_2_2_the_front_channel_id_token_signs_code_and_state(world):
    browser = world.browser()

    answer = (await world.journey(browser, await asks(world, browser))).params

    claims = jwt.decode(answer["id_token"], options={"verify_signature": False})
    for name, value in (("c_hash", answer["code"]), ("s_hash", "a-state")):
        half = hashlib.sha256(value.encode()).digest()[:16]
        assert claims[name] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert "email" not in claims


async def test_5_2_2_tokens_are_bound_to_the_client_s_certificate(world):
    browser = world.browser()
    code = (await world.journey(browser, await asks(world, browser))).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.test/cb"}
    proof = asserted(KEY.sign(assertion_claims(world, "bank")))

    bare = await world.http.post("/oauth2/token", form={**form, **proof})
    own = world.browser(certificate=Authority().issue())
    proof = asserted(KEY.sign(assertion_claims(world, "bank")))
    bound = await own.post("/oauth2/token", form={**form, **proof})

    assert bare.status in {400, 401}
    assert bound.status == 200, bound.text
    told = bound.json()["access_token"]
    assert (await world.userinfo(told)).status == 401


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"response_type": "code"}, "detached_signature"),
        ({"scope": None}, "scope"),
        ({"nonce": None}, "nonce_or_state"),
    ],
)
async def test_5_2_2_a_request_that_breaks_a_rule_is_refused_with_its_name(world, changes, rule):
    reply = await asks(world, **changes)

    assert reply.params["error"] == "invalid_request"
    assert reply.params["error_description"].endswith(f"(rule {rule})")


async def test_baseline_5_2_2_9_without_redirect_uri_there_is_nowhere_to_answer(world):
    reply = await asks(world, redirect_uri=None)

    assert reply.status == 400
    assert reply.header("location") is None


async def test_baseline_6_2_1_11_calls_are_found_again_by_their_interaction_id(world):
    browser = world.browser()
    code = (await world.journey(browser, await asks(world, browser))).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.test/cb"}
    own = world.browser(certificate=Authority().issue())
    bound = await own.post(
        "/oauth2/token", form={**form, **asserted(KEY.sign(assertion_claims(world, "bank")))}
    )
    shown = {"authorization": f"Bearer {bound.json()['access_token']}"}
    sent = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a"

    named = await own.get("/oauth2/userinfo", headers={**shown, "x-fapi-interaction-id": sent})
    unnamed = await own.get("/oauth2/userinfo", headers=shown)

    assert named.header("x-fapi-interaction-id") == sent
    assert uuid.UUID(unnamed.header("x-fapi-interaction-id")).version == 4


async def test_5_2_2_code_alone_is_taken_with_a_signed_answer(world):
    browser = world.browser()

    reply = await asks(world, browser, response_type="code", response_mode="jwt")

    assert (await world.journey(browser, reply)).params.keys() == {"response"}


async def test_5_2_2_1_a_plain_request_is_refused(world):
    reply = await visit(world.browser(), **asked("bank", response_type="code id_token", nonce="n"))

    assert left_for_client(reply)
    assert reply.params["error_description"].endswith("(rule signed_request_object)")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"nbf": None},
        {"exp": 1_799_999_000},
        {"exp": 1_800_003_601},
        {"nbf": 1_799_996_000},
        {"aud": "https://other.test"},
        {"aud": "https://id.test/oauth2/par"},
    ],
)
async def test_5_2_2_13_objects_must_be_fresh_and_for_us(world, changes):
    assert (await asks(world, **changes)).params["error"] == "invalid_request_object"


async def test_5_2_2_10_only_what_is_signed_counts(world):
    browser = world.browser()

    reply = await visit(browser, "bank", request=hybrid(world, state=None), state="outside")

    assert "state" not in (await world.journey(browser, reply)).params


async def test_5_2_2_response_mode_query_is_refused(world):
    reply = await asks(world, response_mode="query")

    assert reply.params["error"] == "invalid_request"
    assert "#" in reply.location


async def test_5_2_2_18_a_pushed_request_needs_pkce(world):
    form = {**asserted(KEY.sign(assertion_claims(world, "bank")))}
    without = await push(world, auth=None, request=hybrid(world), **form)
    challenge = asked("bank")["code_challenge"]
    form = {**asserted(KEY.sign(assertion_claims(world, "bank")))}
    request = hybrid(world, code_challenge=challenge, code_challenge_method="S256")
    with_it = await push(world, auth=None, request=request, **form)

    assert without.json()["error_description"].endswith("(rule pkce_s256)")
    assert with_it.status == 201


@pytest.mark.parametrize(
    "aud", [["https://id.test"], "https://id.test/oauth2/par", "https://id.test/oauth2/token"]
)
async def test_5_2_2_assertions_may_name_the_endpoint(world, aud):
    challenge = asked("bank")["code_challenge"]
    request = hybrid(world, code_challenge=challenge, code_challenge_method="S256")
    form = asserted(KEY.sign(assertion_claims(world, "bank", aud=aud)))

    assert (await push(world, auth=None, request=request, **form)).status == 201
