"""JWT Secured Authorization Response Mode, and every other response mode (JARM; Form Post Response Mode)."""

import json
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import pytest_asyncio
from joserfc import jwe, jwk

from limen.protocol.response_mode import RESPONSE_MODES
from tests.world import CALLBACK, make_world

ISSUER = "https://id.test"


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(
        "web",
        response_types=("code", "code id_token"),
        grant_types=frozenset({"authorization_code", "implicit", "refresh_token"}),
    )
    await world.person()
    yield world
    await world.close()


def delivered(reply):
    """How an answer travels, and its parameters."""
    if reply.header("location") is None:
        form = Form()
        form.feed(reply.text)
        assert form.action == CALLBACK
        return "form_post", form.fields
    assert reply.location.startswith(CALLBACK)
    parts = urlsplit(reply.location)
    assert not (parts.query and parts.fragment)
    return ("fragment", dict(parse_qsl(parts.fragment))) if parts.fragment else (
        "query", dict(parse_qsl(parts.query))
    )  # fmt: skip


class Form(HTMLParser):
    def __init__(self):
        super().__init__()
        self.action, self.fields = None, {}

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag == "form":
            assert at["method"].lower() == "post"
            self.action = at["action"]
        elif tag == "input" and at.get("name"):
            self.fields[at["name"]] = at["value"]


def opened(world, fields, tenant="tenant-root"):
    """What a JARM response says, after the checks of §2.4."""
    assert fields.keys() == {"response"}
    head = jwt.get_unverified_header(fields["response"])
    keys = {key["kid"]: key for key in world.keys.jwks(tenant)["keys"]}
    claims = jwt.decode(
        fields["response"],
        jwt.PyJWK(keys[head["kid"]]).key,
        algorithms=[head["alg"]],
        audience="web",
        issuer=ISSUER,
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    assert 10 <= claims.pop("exp") - world.clock.now() <= 600
    assert isinstance(claims.pop("aud"), str)
    return claims


async def answered(world, *, denied=False, **params):
    browser = world.browser()
    begun = await world.authorize(browser, **params)
    return await world.journey(browser, begun, allow=not denied)


@pytest.mark.parametrize("denied", [False, True], ids=["success", "error"])
@pytest.mark.parametrize("mode", RESPONSE_MODES)
async def test_every_mode_carries_every_answer_of_a_code_request(world, mode, denied):
    how, fields = delivered(await answered(world, denied=denied, response_mode=mode))

    assert how == {"jwt": "query"}.get(mode, mode.removesuffix(".jwt"))
    claims = opened(world, fields) if mode.endswith("jwt") else fields
    assert (claims["state"], claims["iss"]) == ("a-state", ISSUER)
    if denied:
        assert claims.keys() == {"error", "error_description", "state", "iss"}
        assert claims["error"] == "access_denied"
    else:
        assert (await world.redeem(claims["code"])).status == 200


@pytest.mark.parametrize("mode", [None, "fragment", "form_post", "jwt", "fragment.jwt", "form_post.jwt"])
async def test_every_allowed_mode_carries_a_hybrid_answer(world, mode):
    reply = await answered(world, response_type="code id_token", nonce="n", response_mode=mode)
    how, fields = delivered(reply)

    assert how == ("form_post" if mode and mode.startswith("form_post") else "fragment")
    claims = opened(world, fields) if mode and mode.endswith("jwt") else fields
    assert {"code", "id_token", "state", "iss"} <= claims.keys()


@pytest.mark.parametrize("mode", ["query", "query.jwt"])
async def test_tokens_never_travel_in_a_query(world, mode):
    reply = await world.authorize(
        world.browser(), response_type="code id_token", nonce="n", response_mode=mode
    )
    how, fields = delivered(reply)

    assert how == "fragment"
    claims = opened(world, fields) if mode.endswith("jwt") else fields
    assert claims["error"] == "invalid_request"


async def test_an_unknown_mode_is_refused_in_the_default_one(world):
    how, fields = delivered(await world.authorize(world.browser(), response_mode="carrier_pigeon"))

    assert (how, fields["error"]) == ("query", "invalid_request")


async def test_an_error_found_before_the_journey_is_wrapped_too(world):
    reply = await world.authorize(world.browser(), response_mode="jwt", prompt="none")

    assert opened(world, delivered(reply)[1])["error"] == "login_required"


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
async def test_3_the_answer_is_signed_as_registered(world, alg):
    client = await world.storage.client("tenant-root", "web")
    await world.change(client, authorization_signed_response_alg=alg)

    _, fields = delivered(await answered(world, response_mode="jwt"))

    assert jwt.get_unverified_header(fields["response"])["alg"] == alg
    assert "code" in opened(world, fields)


@pytest.mark.parametrize("denied", [False, True], ids=["success", "error"])
async def test_2_2_the_answer_is_signed_then_encrypted(world, denied):
    key = jwk.RSAKey.generate_key(2048, parameters={"kid": "enc-1", "use": "enc"})
    client = await world.storage.client("tenant-root", "web")
    await world.change(
        client,
        jwks={"keys": [key.as_dict(private=False)]},
        authorization_encrypted_response_alg="RSA-OAEP-256",
        authorization_encrypted_response_enc="A256GCM",
    )

    _, fields = delivered(await answered(world, denied=denied, response_mode="jwt"))

    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM"])
    found = jwe.decrypt_compact(fields["response"], key, registry=registry)
    assert found.protected["cty"] == "JWT"
    claims = opened(world, {"response": found.plaintext.decode()})
    assert ("error" if denied else "code") in claims


async def test_discovery_tells_of_it(world):
    found = (await world.http.get("/.well-known/openid-configuration")).json()

    assert set(found["response_modes_supported"]) == set(RESPONSE_MODES)
    assert {"RS256", "PS256", "ES256"} <= set(found["authorization_signing_alg_values_supported"])
    assert json.dumps(found["authorization_encryption_alg_values_supported"])
