"""private_key_jwt: RFC 7523, and what attackers make of it."""

import base64
import hmac
import json

import jwt
import pytest

from tests.proofs import ClientKey, asserted, assertion_claims, b64, proof
from tests.world import SECRET

KEY = ClientKey("ES256", kid="k1")


async def registered(world, key=KEY, **fields):
    fields = {"jwks": key.jwks, **fields}
    return await world.client("web", token_endpoint_auth_method="private_key_jwt", **fields)


async def ask(world, token, **form):
    return await world.token(grant_type="client_credentials", **asserted(token), **form)


def unsigned(header, claims, signature=b""):
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(b64(part) for part in parts)


@pytest.mark.parametrize("alg", ["ES256", "ES384", "ES512", "RS256", "PS256", "RS512", "PS384", "EdDSA"])
async def test_each_asymmetric_algorithm_proves_the_client(world, alg):
    key = ClientKey(alg)
    await registered(world, key)

    reply = await ask(world, key.sign(assertion_claims(world)))

    assert reply.status == 200, reply.text


async def test_client_id_may_be_repeated_in_the_body(world):
    await registered(world)

    assert (await ask(world, KEY.sign(assertion_claims(world)), client_id="web")).status == 200


async def test_another_client_id_in_the_body_is_refused(world):
    await registered(world)

    reply = await ask(world, KEY.sign(assertion_claims(world)), client_id="other")

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_the_registered_algorithm_is_the_only_one(world):
    await registered(world, token_endpoint_auth_signing_alg="PS256")

    assert (await ask(world, KEY.sign(assertion_claims(world)))).error == "invalid_client"


async def test_fapi_takes_no_pkcs_1_signatures(world):
    key = ClientKey("RS256")
    await registered(world, key, settings={"security_profile": "fapi2-security"})

    assert (await ask(world, key.sign(assertion_claims(world)))).error == "invalid_client"


async def test_an_unknown_kid_makes_the_keys_be_fetched_anew(world):
    newer = ClientKey("ES256", kid="k2")
    await world.client("web", token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.test/jwks")
    world.ports.fetcher.documents["https://app.test/jwks"] = newer.jwks

    assert (await ask(world, newer.sign(assertion_claims(world)))).status == 200


async def test_an_empty_set_of_keys_proves_nothing(world):
    await registered(world, jwks={"keys": []})

    assert (await ask(world, KEY.sign(assertion_claims(world)))).error == "invalid_client"


async def test_ca_02_an_assertion_and_basic_are_two_methods(world):
    await registered(world)
    form = {"grant_type": "client_credentials", **asserted(KEY.sign(assertion_claims(world)))}

    reply = await world.http.post("/oauth2/token", form=form, auth=("web", SECRET))

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_ca_02_two_assertions_are_refused(world):
    await registered(world)
    token = KEY.sign(assertion_claims(world))
    form = [("grant_type", "client_credentials"), *asserted(token).items(), ("client_assertion", token)]

    reply = await world.http.post("/oauth2/token", form=form)

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_ca_03_its_client_may_not_send_a_secret_instead(world):
    await registered(world)

    reply = await world.token(grant_type="client_credentials", client_id="web", client_secret=SECRET)

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_ca_03_its_client_may_not_merely_name_itself(world):
    await registered(world)

    reply = await world.token(grant_type="client_credentials", client_id="web")

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_ca_07_an_assertion_works_once(world):
    await registered(world)
    token = KEY.sign(assertion_claims(world))

    first, second = await ask(world, token), await ask(world, token)

    assert first.status == 200
    assert (second.status, second.error) == (401, "invalid_client")


async def test_ca_07_not_until_the_last_second_of_its_life(world):
    await registered(world)
    token = KEY.sign(assertion_claims(world))
    await ask(world, token)

    world.clock.forward(69)
    await world.storage.sweep(world.clock.now())

    assert (await ask(world, token)).error == "invalid_client"


async def test_a_client_that_may_reuse_assertions_does(world):
    await registered(world, settings={"allow_assertion_reuse": True})
    token = KEY.sign(assertion_claims(world, jti=None))

    assert [(await ask(world, token)).status for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("aud", ["https://other.test", ["https://other.test", "https://id.test"]])
async def test_ca_09_an_assertion_for_somebody_else_is_refused(world, aud):
    await registered(world)

    assert (await ask(world, KEY.sign(assertion_claims(world, aud=aud)))).status == 401


async def test_ca_09_an_assertion_for_another_tenant_is_refused(world):
    await world.tenant("a")
    await world.client("web", tenant="tenant-a", token_endpoint_auth_method="private_key_jwt", jwks=KEY.jwks)
    token = KEY.sign(assertion_claims(world, aud="https://id.test"))

    assert (
        await world.token(tenant="/t/a", grant_type="client_credentials", **asserted(token))
    ).status == 401


async def test_ca_09_the_token_endpoint_is_an_audience_only_where_it_is_allowed(world):
    endpoint = "https://id.test/oauth2/token"
    await registered(world)
    assert (await ask(world, KEY.sign(assertion_claims(world, aud=endpoint)))).status == 401

    await registered(world, settings={"assertion_audience": "endpoint"})
    assert (await ask(world, KEY.sign(assertion_claims(world, aud=endpoint)))).status == 200


async def test_ca_11_iss_and_sub_are_the_client(world):
    await registered(world)

    assert (await ask(world, KEY.sign(assertion_claims(world, iss="other")))).status == 401
    assert (await ask(world, KEY.sign(assertion_claims(world, sub="other")))).status == 401


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", ""])
async def test_jw_01_an_unsigned_assertion_is_refused(world, alg):
    await registered(world)

    reply = await ask(world, unsigned({"alg": alg, "kid": "k1"}, assertion_claims(world)))

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_jw_02_a_mac_keyed_by_the_public_key_is_refused(world):
    await registered(world)
    claims = assertion_claims(world)
    signed = unsigned({"alg": "HS256", "kid": "k1"}, claims).rpartition(".")[0]
    token = f"{signed}.{b64(hmac.digest(KEY.pem, signed.encode(), 'sha256'))}"

    assert (await ask(world, token)).error == "invalid_client"


async def test_jw_04_an_unknown_critical_header_is_refused(world):
    await registered(world)

    assert (
        await ask(world, KEY.sign(assertion_claims(world), crit=["what"], what=1))
    ).error == "invalid_client"


@pytest.mark.parametrize("name", ["jwk", "x5c", "jku", "x5u"])
async def test_jw_07_a_key_in_the_header_is_refused_and_nothing_fetched(world, name):
    await registered(world)
    attacker = ClientKey("ES256", kid="k1")
    value = {"jwk": attacker.bare, "x5c": [base64.b64encode(b"x").decode()]}.get(name, "https://evil.test/k")

    reply = await ask(world, attacker.sign(assertion_claims(world), **{name: value}))

    assert reply.error == "invalid_client"
    assert world.ports.fetcher.fetched == []


@pytest.mark.parametrize("typ", ["dpop+jwt", "logout+jwt", "at+jwt", "oauth-authz-req+jwt"])
async def test_jw_09_a_token_of_another_type_is_no_assertion(world, typ):
    await registered(world)

    assert (await ask(world, KEY.sign(assertion_claims(world), typ=typ))).error == "invalid_client"


async def test_jw_09_a_dpop_proof_is_no_assertion(world):
    await registered(world)

    assert (await ask(world, proof(world, KEY, iss="web", sub="web", aud="https://id.test"))).status == 401


@pytest.mark.parametrize("typ", ["JWT", "jwt", "client-authentication+jwt", None])
async def test_the_types_of_assertions_are_taken(world, typ):
    await registered(world)

    assert (await ask(world, KEY.sign(assertion_claims(world), typ=typ))).status == 200


@pytest.mark.parametrize("exp", ["1800000060", True, -5, None])
async def test_jw_18_an_exp_that_is_no_date_is_refused(world, exp):
    await registered(world)
    claims = json.dumps({**assertion_claims(world), "exp": exp}).encode()
    token = jwt.PyJWS().encode(claims, KEY.private, algorithm="ES256", headers={"kid": "k1"})

    assert (await ask(world, token)).error == "invalid_client"


async def test_jw_19_an_assertion_from_the_future_is_refused(world):
    await registered(world)
    now = world.clock.now()

    assert (await ask(world, KEY.sign(assertion_claims(world, nbf=now + 8)))).status == 200
    assert (await ask(world, KEY.sign(assertion_claims(world, nbf=now + 61)))).status == 401


async def test_jw_26_deep_nesting_is_refused(world):
    await registered(world)
    nested = "[" * 40_000 + "]" * 40_000
    token = unsigned({"alg": "ES256", "kid": "k1"}, {}).split(".")
    body = b64(f'{{"sub":"web","a":{nested}}}'.encode())

    assert (await ask(world, f"{token[0]}.{body}.AAAA")).status in {400, 401, 413}


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "é.é.é"])
async def test_what_is_no_jwt_is_no_assertion(world, token):
    await registered(world)

    assert (await ask(world, token)).error == "invalid_client"


async def test_another_assertion_type_is_refused(world):
    await registered(world)
    form = {**asserted(KEY.sign(assertion_claims(world))), "client_assertion_type": "urn:saml2-bearer"}

    reply = await world.token(grant_type="client_credentials", **form)

    assert (reply.status, reply.error) == (401, "invalid_client")
