"""RFC 9701: introspection answers as JWTs, one test for each MUST."""

import jwt
import pytest_asyncio
from joserfc import jwe
from joserfc.jwk import ECKey

from tests.world import SECRET, make_world

MEDIA_TYPE = "application/token-introspection+jwt"
AUTH = ("api", SECRET)


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    await made.client("web")
    await made.client("api")
    yield made
    await made.close()


async def token_of(world):
    return (await world.token(grant_type="client_credentials", auth=("web", SECRET))).json()["access_token"]


async def ask(world, token, accept=MEDIA_TYPE):
    headers = {"Accept": accept} if accept else None
    return await world.http.post("/oauth2/introspect", form={"token": token}, auth=AUTH, headers=headers)


async def verified(world, text, alg="RS256"):
    """The claims, verified with the published keys."""
    keys = jwt.PyJWKSet.from_dict((await world.http.get("/oauth2/jwks")).json())
    key = keys[jwt.get_unverified_header(text)["kid"]]
    options = {"verify_iat": False}
    return jwt.decode(text, key.key, algorithms=[alg], audience="api", options=options)


async def test_4_the_accept_header_asks_for_a_jwt(world):
    reply = await ask(world, await token_of(world), f"application/json;q=0.1, {MEDIA_TYPE};q=1")

    assert (reply.status, reply.header("content-type")) == (200, MEDIA_TYPE)


async def test_4_without_it_the_answer_is_json(world):
    reply = await ask(world, await token_of(world), None)

    assert reply.header("content-type") == "application/json"


async def test_5_typ_is_token_introspection_jwt(world):
    reply = await ask(world, await token_of(world))

    assert jwt.get_unverified_header(reply.text)["typ"] == "token-introspection+jwt"


async def test_5_iss_aud_iat_and_the_answer_are_there(world):
    token = await token_of(world)

    claims = await verified(world, (await ask(world, token)).text)

    assert (claims["iss"], claims["aud"], claims["iat"]) == ("https://id.test", "api", world.clock.now())
    assert claims["token_introspection"] == (await ask(world, token, None)).json()
    assert claims["token_introspection"]["active"] is True


async def test_5_an_inactive_token_says_that_alone(world):
    claims = await verified(world, (await ask(world, "unknown")).text)

    assert claims["token_introspection"] == {"active": False}


async def test_8_1_sub_and_exp_are_not_at_the_top(world):
    claims = await verified(world, (await ask(world, await token_of(world))).text)

    assert {"sub", "exp"}.isdisjoint(claims)


async def test_8_1_nobody_takes_it_for_an_access_token(world):
    answer = (await ask(world, await token_of(world))).text

    assert (await world.userinfo(answer)).status == 401
    assert await world.introspect(answer) == {"active": False}


async def test_6_the_registered_algorithm_signs(world):
    await world.client("api", introspection_signed_response_alg="ES256")

    reply = await ask(world, await token_of(world), None)

    assert reply.header("content-type") == MEDIA_TYPE
    assert (await verified(world, reply.text, "ES256"))["token_introspection"]["active"] is True


async def test_6_a_client_that_registered_one_may_ask_for_json(world):
    await world.client("api", introspection_signed_response_alg="ES256")

    reply = await ask(world, await token_of(world), "application/json")

    assert reply.header("content-type") == "application/json"


async def test_6_it_is_encrypted_where_that_is_registered(world):
    key = ECKey.generate_key("P-256", parameters={"kid": "e1", "use": "enc"})
    await world.client(
        "api",
        jwks={"keys": [key.as_dict(private=False)]},
        introspection_encrypted_response_alg="ECDH-ES",
        introspection_encrypted_response_enc="A128GCM",
    )

    reply = await ask(world, await token_of(world))
    opened = jwe.decrypt_compact(reply.text, key, algorithms=["ECDH-ES", "A128GCM"])

    assert opened.headers()["cty"] == "JWT"
    claims = await verified(world, opened.plaintext.decode())
    assert claims["token_introspection"]["active"] is True


async def test_7_discovery_tells_the_algorithms(world):
    document = (await world.http.get("/.well-known/openid-configuration")).json()

    for name in ("signing_alg", "encryption_alg", "encryption_enc"):
        assert document[f"introspection_{name}_values_supported"]


async def test_8_3_the_caller_must_be_authenticated(world):
    reply = await world.http.post("/oauth2/introspect", form={"token": "x"}, headers={"Accept": MEDIA_TYPE})

    assert (reply.status, reply.error) == (401, "invalid_client")
