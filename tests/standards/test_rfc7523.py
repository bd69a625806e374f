"""RFC 7523 (with RFC 7521): JWT assertions for client authentication, one test for each MUST."""

import pytest
import pytest_asyncio

from tests.proofs import ClientKey, asserted, assertion_claims
from tests.world import make_world

KEY = ClientKey()


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    await made.client("web", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
    yield made
    await made.close()


async def ask(world, token=None, **changes):
    token = token or KEY.sign(assertion_claims(world, **changes))
    return await world.token(grant_type="client_credentials", **asserted(token))


async def refuses(world, **changes):
    reply = await ask(world, **changes)
    return (reply.status, reply.error) == (401, "invalid_client")


async def test_2_2_client_assertion_type_must_be_jwt_bearer(world):
    form = asserted(KEY.sign(assertion_claims(world)))

    reply = await world.token(grant_type="client_credentials", **{**form, "client_assertion_type": "x"})

    assert reply.error == "invalid_client"


async def test_2_2_client_assertion_must_be_a_single_jwt(world):
    token = KEY.sign(assertion_claims(world))

    assert (await ask(world, f"{token} {token}")).error == "invalid_client"


async def test_3_1_iss_must_identify_the_issuer(world):
    assert await refuses(world, iss=None)
    assert await refuses(world, iss="other")


async def test_3_2_b_sub_must_be_the_client_id(world):
    assert await refuses(world, sub=None)
    assert await refuses(world, sub="other")


async def test_3_3_aud_must_identify_this_server(world):
    assert await refuses(world, aud=None)
    assert await refuses(world, aud="https://other.test")
    assert await refuses(world, aud="https://ID.test")  # simple string comparison (RFC 3986 §6.2.1)


async def test_3_4_exp_must_be_there_and_not_past(world):
    assert await refuses(world, exp=None)
    assert await refuses(world, exp=world.clock.now() - 300)


async def test_3_4_an_exp_unreasonably_far_ahead_may_be_refused(world):
    assert await refuses(world, exp=world.clock.now() + 86_400)


async def test_3_5_nbf_must_not_be_ahead(world):
    assert await refuses(world, nbf=world.clock.now() + 61)


async def test_3_7_a_jti_is_not_used_again(world):
    assert (await ask(world, jti="one")).status == 200
    assert await refuses(world, jti="one")


async def test_3_8_unknown_claims_are_ignored(world):
    assert (await ask(world, what="ever")).status == 200


async def test_3_9_the_jwt_must_be_signed(world):
    head, body, _ = KEY.sign(assertion_claims(world)).split(".")

    assert (await ask(world, f"{head}.{body}.")).error == "invalid_client"


async def test_3_10_an_invalid_signature_must_be_refused(world):
    other = ClientKey(kid=KEY.kid)

    assert (await ask(world, other.sign(assertion_claims(world)))).error == "invalid_client"


async def test_3_2_of_rfc_7521_the_error_is_invalid_client(world):
    reply = await ask(world, aud="x")

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_4_2_of_rfc_7521_client_id_must_name_the_same_client(world):
    form = asserted(KEY.sign(assertion_claims(world)))

    other = await world.token(grant_type="client_credentials", client_id="other", **form)
    same = await world.token(grant_type="client_credentials", client_id="web", **form)

    assert (other.status, same.status) == (401, 200)


async def test_4_2_1_of_rfc_7521_no_other_method_in_the_same_request(world):
    form = asserted(KEY.sign(assertion_claims(world)))

    reply = await world.token(grant_type="client_credentials", client_id="web", client_secret="x", **form)

    assert reply.error == "invalid_request"


@pytest.mark.parametrize("path", ["introspect", "revoke"])
async def test_2_2_every_endpoint_that_authenticates_clients_takes_assertions(world, path):
    form = {"token": "x", **asserted(KEY.sign(assertion_claims(world)))}

    first = await world.http.post(f"/oauth2/{path}", form=form)
    second = await world.http.post(f"/oauth2/{path}", form=form)

    assert (first.status, second.status) == (200, 401)
