"""Request objects (RFC 9101, with OIDC Core §6 where clients merge), by section."""

import jwt
import pytest
import pytest_asyncio

from tests.proofs import ClientKey
from tests.request_objects import asked, encrypted, is_page, left_for_client, pushed, signed, unsigned, visit
from tests.world import CALLBACK, SECRET, make_world

KEY, STRANGER = ClientKey(), ClientKey()
SECOND = "https://app.test/second"
HOSTED = "https://app.test/request.jwt"


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.client("web", jwks=KEY.jwks)
    await world.person()
    yield world
    await world.close()


async def begun(reply):
    """Whether the request was taken: the person is asked to sign in."""
    return reply.location.endswith("/sign_in")


async def sent(world, request, client_id="web", **params):
    return await visit(world.browser(), client_id, request=request, **params)


async def test_5_1_a_signed_object_and_client_id_are_a_whole_request(world):
    browser = world.browser()

    reply = await world.journey(browser, await visit(browser, request=signed(world, KEY, state="inside")))

    assert left_for_client(reply)
    assert reply.params["state"] == "inside"
    assert (await world.redeem(reply.params["code"])).status == 200


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "ES384", "EdDSA"])
async def test_4_every_asymmetric_algorithm_works_when_none_is_registered(world, alg):
    key = ClientKey(alg)
    await world.client(alg, jwks=key.jwks)

    assert await begun(await sent(world, signed(world, key, alg), alg))


async def test_10_5_only_the_registered_algorithm_is_taken(world):
    rsa = ClientKey("RS256")
    await world.client("picky", jwks={"keys": [KEY.jwk, rsa.jwk]}, request_object_signing_alg="ES256")

    assert await begun(await sent(world, signed(world, KEY, "picky"), "picky"))
    refused = await sent(world, signed(world, rsa, "picky"), "picky", redirect_uri=CALLBACK)
    assert refused.params["error"] == "invalid_request_object"


async def test_4_a_registered_mac_is_keyed_by_the_client_secret(world):
    await world.client("mac", request_object_signing_alg="HS256")
    claims = {**asked("mac"), "iss": "mac", "aud": "https://id.test"}

    right, wrong = (jwt.encode(claims, secret, algorithm="HS256") for secret in (SECRET, "x" * 48))

    assert await begun(await sent(world, right, "mac"))
    assert (await sent(world, wrong, "mac")).params["error"] == "invalid_request_object"


@pytest.mark.parametrize("typ", ["client-authentication+jwt", "at+jwt", "dpop+jwt"])
async def test_10_8_a_mac_is_no_way_around_the_type(world, typ):
    await world.client("mac", request_object_signing_alg="HS256")
    claims = {**asked("mac"), "iss": "mac", "aud": "https://id.test"}

    request = jwt.encode(claims, SECRET, algorithm="HS256", headers={"typ": typ})

    assert (await sent(world, request, "mac")).params["error"] == "invalid_request_object"


async def test_4_a_mac_is_refused_where_none_is_registered(world):
    request = jwt.encode({**asked(), "iss": "web", "aud": "https://id.test"}, SECRET, algorithm="HS256")

    assert (await sent(world, request)).params["error"] == "invalid_request_object"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"])
async def test_10_8_types_for_this_purpose_are_taken(world, typ):
    assert await begun(await sent(world, signed(world, KEY, header={"typ": typ})))


@pytest.mark.parametrize("typ", ["dpop+jwt", "at+jwt", "logout+jwt", "secevent+jwt"])
async def test_10_8_types_for_other_purposes_are_refused(world, typ):
    reply = await sent(world, signed(world, KEY, header={"typ": typ}))

    assert reply.params["error"] == "invalid_request_object"


@pytest.mark.parametrize("alg", ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"])
async def test_6_1_a_nested_object_is_decrypted_with_our_key(world, alg):
    request = encrypted(world, signed(world, KEY, state="secret"), alg)
    browser = world.browser()

    reply = await world.journey(browser, await visit(browser, request=request))

    assert reply.params["state"] == "secret"


async def test_6_1_only_the_registered_encryption_is_taken(world):
    await world.client(
        "sealed",
        jwks=KEY.jwks,
        request_object_encryption_alg="RSA-OAEP-256",
        request_object_encryption_enc="A256GCM",
    )
    inner = signed(world, KEY, "sealed")

    assert await begun(await sent(world, encrypted(world, inner, enc="A256GCM"), "sealed"))
    for other in (encrypted(world, inner), encrypted(world, inner, "ECDH-ES", "A256GCM")):
        assert (await sent(world, other, "sealed")).params["error"] == "invalid_request_object"


async def test_6_1_encryption_does_not_stand_for_a_signature(world):
    for inner in (unsigned(world), '{"client_id":"web"}'):
        reply = await sent(world, encrypted(world, inner))
        assert reply.params["error"] == "invalid_request_object"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "https://other.test"},
        {"aud": None},
        {"client_id": "other"},
        {"exp": 1_799_999_999},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": 1_800_000_031},
        {"iat": 1_800_000_061},
        {"request": "x"},
        {"request_uri": "https://app.test/r"},
        {"max_age": 1.5},
        {"scope": ["openid"]},
        {"prompt": True},
    ],
)
async def test_6_3_claims_that_do_not_fit_are_refused(world, changes):
    reply = await sent(world, signed(world, KEY, **changes))

    assert left_for_client(reply)
    assert reply.params["error"] == "invalid_request_object"


async def test_6_3_an_audience_may_be_a_list_with_this_issuer_in_it(world):
    request = signed(world, KEY, aud=["https://other.test", "https://id.test"])

    assert await begun(await sent(world, request))


async def test_6_3_clocks_may_differ_by_seconds(world):
    assert await begun(await sent(world, signed(world, KEY, nbf=world.clock.now() + 8)))


async def test_6_2_a_stranger_s_signature_or_a_changed_object_is_refused(world):
    head, _, signature = signed(world, KEY).split(".")
    _, other, _ = signed(world, KEY, state="other").split(".")

    for request in (signed(world, STRANGER), f"{head}.{other}.{signature}", "nonsense", "a.b.c", "....", "."):
        reply = await sent(world, request)
        assert reply.params["error"] == "invalid_request_object", request


async def test_5_what_is_inside_wins_over_what_is_outside(world):
    await world.client("pair", jwks=KEY.jwks, redirect_uris=(CALLBACK, SECOND))
    browser = world.browser()
    request = signed(world, KEY, "pair", redirect_uri=SECOND, state="inside")

    reply = await visit(browser, "pair", request=request, redirect_uri=CALLBACK, state="outside")
    reply = await world.journey(browser, reply)

    assert reply.location.startswith(SECOND)
    assert reply.params["state"] == "inside"


async def test_oidc_6_1_what_is_only_outside_is_merged(world):
    browser = world.browser()

    reply = await visit(browser, request=signed(world, KEY, state=None), state="outside")

    assert (await world.journey(browser, reply)).params["state"] == "outside"


async def test_6_3_beside_a_required_object_nothing_counts(world):
    await world.client("strict", jwks=KEY.jwks, require_signed_request_object=True)
    browser = world.browser()

    reply = await visit(browser, "strict", request=signed(world, KEY, "strict", state=None), state="outside")

    assert "state" not in (await world.journey(browser, reply)).params


async def test_oidc_6_1_response_type_must_agree(world):
    await world.client("hybrid", jwks=KEY.jwks, response_types=("code", "none"))
    request = signed(world, KEY, "hybrid")

    refused = await sent(world, request, "hybrid", response_type="none", redirect_uri=CALLBACK)

    assert refused.params["error"] == "invalid_request_object"
    assert await begun(await sent(world, request, "hybrid", response_type="code"))


async def test_5_json_values_become_parameters(world):
    browser = world.browser()
    request = signed(
        world,
        KEY,
        max_age=600,
        resource=["https://api.test/a", "https://api.test/b"],
        claims={"id_token": {"email": {"essential": True}}},
    )

    reply = await world.journey(browser, await visit(browser, request=request))

    tokens = (await world.redeem(reply.params["code"])).json()
    id_token = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert id_token["email"] == "alice@id.test"
    told = await world.introspect(tokens["access_token"])
    assert told["aud"] == ["https://api.test/a", "https://api.test/b"]


async def test_5_unsigned_objects_are_refused_unless_the_tenant_opened_them(world):
    reply = await sent(world, unsigned(world))

    assert reply.params["error"] == "invalid_request_object"


async def test_5_unsigned_objects_are_taken_where_the_tenant_opened_them(world):
    await world.tenant(legacy=frozenset({"alg_none"}))
    await world.client("signs", jwks=KEY.jwks, request_object_signing_alg="ES256")
    await world.client("must", jwks=KEY.jwks, require_signed_request_object=True)
    browser = world.browser()

    reply = await visit(browser, request=unsigned(world, iss=None, aud=None, exp=None, state="plain"))

    assert (await world.journey(browser, reply)).params["state"] == "plain"
    for alg in ("None", "nOnE", ""):
        assert (await sent(world, unsigned(world, alg=alg))).params["error"] == "invalid_request_object"
    for client_id in ("signs", "must"):
        refused = await sent(world, unsigned(world, client_id), client_id)
        assert refused.params["error"] == "invalid_request_object"


async def test_5_2_a_registered_request_uri_is_fetched(world):
    await world.client("hosts", jwks=KEY.jwks, request_uris=(HOSTED,))
    world.ports.fetcher.documents[HOSTED] = signed(world, KEY, "hosts", state="fetched") + "\n"
    browser = world.browser()

    reply = await world.journey(browser, await visit(browser, "hosts", request_uri=HOSTED))

    assert reply.params["state"] == "fetched"
    assert world.ports.fetcher.fetched == [HOSTED]


async def test_oidc_6_2_the_fragment_belongs_to_the_registration_and_not_to_the_fetch(world):
    uri = f"{HOSTED}#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM"
    await world.client("hosts", jwks=KEY.jwks, request_uris=(uri,))
    world.ports.fetcher.documents[HOSTED] = signed(world, KEY, "hosts")

    assert await begun(await visit(world.browser(), "hosts", request_uri=uri))
    for other in (HOSTED, f"{HOSTED}#other"):
        reply = await visit(world.browser(), "hosts", request_uri=other)
        assert reply.params["error"] == "invalid_request_uri"
    assert world.ports.fetcher.fetched == [HOSTED]


async def test_7_what_cannot_be_fetched_is_invalid_request_uri(world):
    await world.client("hosts", jwks=KEY.jwks, request_uris=(HOSTED,))

    reply = await visit(world.browser(), "hosts", request_uri=HOSTED)

    assert reply.params["error"] == "invalid_request_uri"


async def test_7_errors_go_home_only_to_a_proven_address(world):
    await world.client("pair", jwks=KEY.jwks, redirect_uris=(CALLBACK, SECOND))

    assert is_page(await sent(world, "broken", "pair"))
    assert is_page(await sent(world, "broken", "pair", redirect_uri="https://evil.test/cb"))
    home = await sent(world, "broken", "pair", redirect_uri=SECOND, state="outside")
    assert home.location.startswith(SECOND)
    assert home.params == {
        "error": "invalid_request_object", "state": "outside", "iss": "https://id.test",
        "error_description": home.params["error_description"],
    }  # fmt: skip


async def test_7_errors_of_the_object_s_own_parameters_go_to_its_redirect_uri(world):
    reply = await sent(world, signed(world, KEY, prompt="none login", state="inside"))

    assert (reply.params["error"], reply.params["state"]) == ("invalid_request", "inside")


async def test_10_2_without_client_id_outside_nothing_begins(world):
    reply = await world.browser().get("/oauth2/authorize", params={"request": signed(world, KEY)})

    assert is_page(reply)


async def test_the_keys_may_be_published_by_the_client(world):
    await world.client("published", jwks_uri="https://app.test/jwks")
    world.ports.fetcher.documents["https://app.test/jwks"] = KEY.jwks

    assert await begun(await sent(world, signed(world, KEY, "published"), "published"))


async def test_a_pushed_object_is_read_by_the_same_rules(world):
    uri = await pushed(world, request=encrypted(world, signed(world, KEY)))

    assert await begun(await visit(world.browser(), request_uri=uri))


@pytest.mark.parametrize("key", [STRANGER, None])
async def test_6_a_refused_object_is_answered_as_it_wished_for_with_its_state(world, key):
    wish = {"response_mode": "jwt", "state": "inside"}
    object_ = signed(world, key, **wish) if key else unsigned(world, **wish)

    refused = await sent(world, object_, redirect_uri=CALLBACK, response_mode="query", state="beside")

    answer = jwt.decode(refused.params["response"], options={"verify_signature": False})
    assert (answer["error"], answer["state"]) == ("invalid_request_object", "inside")


async def test_6_a_refused_object_of_another_client_tells_nothing_that_was_encrypted(world):
    await world.client("other", jwks=KEY.jwks)
    theirs = encrypted(world, signed(world, KEY, "other", state="their-secret"))

    refused = await sent(world, theirs, redirect_uri=CALLBACK, state="mine")

    assert (refused.params["error"], refused.params["state"]) == ("invalid_request_object", "mine")
    assert "their-secret" not in refused.location


async def test_6_a_refused_object_never_says_where_to_answer(world):
    object_ = signed(world, STRANGER, redirect_uri=SECOND)

    assert (await sent(world, object_, redirect_uri=CALLBACK)).location.startswith(f"{CALLBACK}?")
    assert is_page(await sent(world, object_, redirect_uri="https://evil.test/cb"))


async def test_a_client_cannot_register_itself_inside_a_request_object_either(world):
    reply = await sent(world, signed(world, KEY, registration={"client_name": "Me"}))

    assert reply.params["error"] == "registration_not_supported"
