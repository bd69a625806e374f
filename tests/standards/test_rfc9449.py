"""RFC 9449: demonstrating proof of possession, one test for each MUST."""

import pytest
import pytest_asyncio

from tests.proofs import ClientKey, at_token, at_userinfo, proof
from tests.world import SECRET, make_world

KEY, OTHER = ClientKey(), ClientKey()
AUTH = ("web", SECRET)


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    await made.person()
    await made.client("web")
    yield made
    await made.close()


async def ask(world, key=KEY, **changes):
    headers = at_token(world, key, **changes)
    return await world.token(grant_type="client_credentials", auth=AUTH, headers=headers)


async def refuses(world, **changes):
    reply = await ask(world, **changes)
    return (reply.status, reply.error) == (400, "invalid_dpop_proof")


async def persons_token(world):
    code = await world.code_for(world.browser())
    return (await world.redeem(code, headers=at_token(world, KEY))).json()["access_token"]


async def test_4_3_1_there_is_not_more_than_one_header(world):
    both = f"{proof(world, KEY)}, {proof(world, KEY)}"

    reply = await world.token(grant_type="client_credentials", auth=AUTH, headers={"DPoP": both})

    assert reply.error == "invalid_dpop_proof"


async def test_4_3_2_it_is_a_single_well_formed_jwt(world):
    reply = await world.token(grant_type="client_credentials", auth=AUTH, headers={"DPoP": "no.jwt"})

    assert reply.error == "invalid_dpop_proof"


@pytest.mark.parametrize("name", ["jti", "htm", "htu", "iat"])
async def test_4_3_3_all_required_claims_are_there(world, name):
    names = {"htm": "htm", "htu": "htu", "jti": "jti", "iat": "iat"}

    assert await refuses(world, **{names[name]: None})


async def test_4_3_4_typ_is_dpop_jwt(world):
    assert await refuses(world, header={"typ": "JWT"})
    assert await refuses(world, header={"typ": None})


async def test_4_3_5_alg_is_asymmetric_and_allowed(world):
    assert (await ask(world, ClientKey("RS256"))).error == "invalid_dpop_proof"


async def test_4_3_6_the_signature_verifies_with_the_key_of_the_header(world):
    assert await refuses(world, header={"jwk": OTHER.bare})


async def test_4_3_7_the_key_is_not_private(world):
    assert await refuses(world, header={"jwk": {**KEY.bare, "d": "AAAA"}})


async def test_4_3_8_htm_is_the_method(world):
    assert await refuses(world, method="GET")


async def test_4_3_9_htu_is_the_url_without_query_and_fragment(world):
    assert await refuses(world, url="https://id.test/oauth2/introspect")
    assert (await ask(world, url="https://id.test/oauth2/token?x=1#y")).status == 200


async def test_4_3_10_a_nonce_that_was_given_is_ours(world):
    reply = await ask(world, nonce="not-ours")

    assert (reply.status, reply.error) == (400, "use_dpop_nonce")
    assert reply.header("dpop-nonce")


async def test_4_3_11_iat_is_within_an_acceptable_time(world):
    assert await refuses(world, iat=world.clock.now() - 3600)
    assert await refuses(world, iat=world.clock.now() + 3600)


async def test_4_3_12_with_a_token_ath_is_its_hash_and_the_key_its_key(world):
    token = await persons_token(world)

    async def info(key, **changes):
        headers = at_userinfo(world, key, token, **changes)
        return await world.userinfo(token, scheme="DPoP", headers=headers)

    assert (await info(KEY)).status == 200
    assert (await info(KEY, ath="x")).status == 401
    assert (await info(OTHER)).status == 401


async def test_5_the_token_type_is_dpop(world):
    assert (await ask(world)).json()["token_type"] == "DPoP"


async def test_5_a_public_client_s_refresh_token_is_bound_to_its_key(world):
    await world.client("app", token_endpoint_auth_method="none")
    code = await world.code_for(world.browser(), "app")
    form = {"auth": None, "client_id": "app"}
    tokens = (await world.redeem(code, headers=at_token(world, KEY), **form)).json()

    other = await world.refresh(tokens["refresh_token"], headers=at_token(world, OTHER), **form)
    same = await world.refresh(tokens["refresh_token"], headers=at_token(world, KEY), **form)

    assert (other.error, same.status) == ("invalid_grant", 200)


async def test_5_a_confidential_client_s_is_not(world):
    code = await world.code_for(world.browser())
    tokens = (await world.redeem(code, headers=at_token(world, KEY))).json()

    assert (await world.refresh(tokens["refresh_token"], headers=at_token(world, OTHER))).status == 200


async def test_5_1_discovery_tells_the_algorithms(world):
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    algorithms = document["dpop_signing_alg_values_supported"]
    assert "ES256" in algorithms
    assert not any(alg == "none" or alg.startswith("HS") for alg in algorithms)


async def test_5_2_a_client_that_registered_bound_tokens_must_send_a_proof(world):
    await world.client("web", dpop_bound_access_tokens=True)

    reply = await world.token(grant_type="client_credentials", auth=AUTH)

    assert (reply.status, reply.error) == (400, "invalid_dpop_proof")


async def test_6_2_introspection_tells_the_key_and_the_type(world):
    described = await world.introspect((await ask(world)).json()["access_token"])

    assert (described["cnf"], described["token_type"]) == ({"jkt": KEY.thumbprint}, "DPoP")


async def test_7_1_the_challenge_names_scheme_error_and_algorithms(world):
    token = await persons_token(world)

    reply = await world.userinfo(token, scheme="DPoP", headers=at_userinfo(world, OTHER, token))

    challenge = reply.header("www-authenticate")
    assert challenge.startswith("DPoP ")
    assert 'error="invalid_token"' in challenge
    assert "ES256" in challenge


async def test_7_2_a_bound_token_must_not_be_taken_as_a_bearer_token(world):
    token = await persons_token(world)

    assert (await world.userinfo(token)).status == 401


async def test_8_a_nonce_is_asked_for_by_an_error_and_a_header(world):
    await world.client("web", settings={"require_dpop_nonce": True})

    reply = await ask(world)

    assert (reply.status, reply.error) == (400, "use_dpop_nonce")
    assert (await ask(world, nonce=reply.header("dpop-nonce"))).status == 200


async def test_10_dpop_jkt_binds_the_code_to_a_key(world):
    code = await world.code_for(world.browser(), dpop_jkt=KEY.thumbprint)

    assert (await world.redeem(code, headers=at_token(world, OTHER))).error == "invalid_grant"
    assert (await world.redeem(code, headers=at_token(world, KEY))).status == 200


async def test_11_1_a_proof_is_not_taken_again(world):
    assert (await ask(world, jti="one")).status == 200
    assert await refuses(world, jti="one")


async def test_11_1_the_jti_of_another_key_is_another(world):
    assert (await ask(world, jti="one")).status == 200
    assert (await ask(world, OTHER, jti="one")).status == 200
