"""Each value of each list that discovery advertises for requests works (RFC 8414 §2, OIDC Discovery §3)."""

import json

import jwt
import pytest
import pytest_asyncio
from joserfc import jwk

from limen.crypto.base64url import decode as b64decode
from limen.model.tenant import DetailType
from limen.pages.catalogue import catalogues
from limen.protocol.client_metadata import read_administered
from limen.protocol.strict_json import read_object
from tests.proofs import ClientKey
from tests.request_objects import asked, encrypted, object_claims, push, signed, unsigned, visit
from tests.world import SECRET, make_world

RSA, EC = (
    jwk.RSAKey.generate_key(2048, parameters={"kid": "rsa", "use": "enc"}),
    jwk.ECKey.generate_key("P-256", parameters={"kid": "ec", "use": "enc"}),
)
# RFC 8414, OIDC Discovery and the registry of IANA, as far as this server speaks of them.
REGISTERED = frozenset({
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri",
    "registration_endpoint", "scopes_supported", "response_types_supported", "response_modes_supported",
    "grant_types_supported", "acr_values_supported", "subject_types_supported",
    "id_token_signing_alg_values_supported", "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported", "userinfo_signing_alg_values_supported",
    "userinfo_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported",
    "request_object_signing_alg_values_supported", "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported", "display_values_supported",
    "claim_types_supported", "claims_supported", "service_documentation", "claims_locales_supported",
    "ui_locales_supported", "claims_parameter_supported", "request_parameter_supported",
    "request_uri_parameter_supported", "require_request_uri_registration", "op_policy_uri",
    "op_tos_uri", "revocation_endpoint", "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported", "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported", "code_challenge_methods_supported",
    "signed_metadata", "device_authorization_endpoint", "tls_client_certificate_bound_access_tokens",
    "mtls_endpoint_aliases", "require_signed_request_object", "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests", "introspection_signing_alg_values_supported",
    "introspection_encryption_alg_values_supported", "introspection_encryption_enc_values_supported",
    "authorization_response_iss_parameter_supported", "check_session_iframe",
    "frontchannel_logout_supported", "frontchannel_logout_session_supported",
    "backchannel_logout_supported", "backchannel_logout_session_supported", "end_session_endpoint",
    "backchannel_token_delivery_modes_supported", "backchannel_authentication_endpoint",
    "backchannel_authentication_request_signing_alg_values_supported",
    "backchannel_user_code_parameter_supported", "authorization_details_types_supported",
    "dpop_signing_alg_values_supported", "prompt_values_supported",
    "authorization_signing_alg_values_supported", "authorization_encryption_alg_values_supported",
    "authorization_encryption_enc_values_supported", "client_id_metadata_document_supported",
    "protected_resources",
})  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def world():
    """One server for the whole file, with everything that may be switched on."""
    world = await make_world()
    await world.tenant(
        legacy=frozenset({"implicit", "alg_none", "plain_pkce"}), detail_types=(DetailType(type="payment"),)
    )
    await world.person()
    yield world
    await world.close()


@pytest_asyncio.fixture(loop_scope="session")
async def found(world):
    return (await world.http.get("/.well-known/openid-configuration")).json()


async def a_client(world, **fields):
    fields = {
        "response_types": ("code", "id_token", "code id_token", "token", "id_token token", "code token",
                           "code id_token token"),
        "grant_types": frozenset({"authorization_code", "implicit", "refresh_token"}),
        "jwks": {"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]},
        **fields,
    }  # fmt: skip
    return await world.client("web", **fields)


def signs_in(reply):
    return reply.location.endswith("/sign_in")


async def test_only_registered_members_are_there(found):
    assert found.keys() - REGISTERED == set()


async def test_every_address_leads_somewhere(world, found):
    for name, url in found.items():
        if name.endswith("_endpoint") or name in {"jwks_uri", "check_session_iframe"}:
            assert (await world.http.get(url)).status != 404, name


async def test_every_response_type_and_mode_works(world, found):
    await a_client(world)
    for response_type in found["response_types_supported"]:
        for mode in found["response_modes_supported"]:
            reply = await world.authorize(
                world.browser(), response_type=response_type, response_mode=mode, nonce="n"
            )
            carries_tokens = response_type != "code"
            assert signs_in(reply) != (carries_tokens and mode.startswith("query")), (response_type, mode)


async def test_every_scope_claim_prompt_and_locale_is_taken(world, found):
    await a_client(world)
    for scope in found["scopes_supported"]:
        assert signs_in(await world.authorize(world.browser(), scope=f"openid {scope}")), scope
    for prompt in found["prompt_values_supported"]:
        reply = await world.authorize(world.browser(), prompt=prompt)
        assert signs_in(reply) if prompt != "none" else reply.params["error"] == "login_required"
    assert set(found["ui_locales_supported"]) == set(catalogues())
    for locale in found["ui_locales_supported"]:
        assert signs_in(await world.authorize(world.browser(), ui_locales=locale)), locale
    wanted = dict.fromkeys(found["claims_supported"])
    tokens = await world.code_flow(claims=json.dumps({"userinfo": wanted}))
    told = (await world.userinfo(tokens["access_token"])).json()
    issued_elsewhere = {"iss", "auth_time", "acr"}
    assert set(found["claims_supported"]) - issued_elsewhere - told.keys() == set()


async def test_every_acr_and_challenge_method_works(world, found):
    await a_client(world, settings={"allow_plain_pkce": True})
    for acr in found["acr_values_supported"]:
        claims = json.dumps({"id_token": {"acr": {"essential": True, "value": acr}}})
        id_token = (await world.code_flow(claims=claims))["id_token"]
        assert jwt.decode(id_token, options={"verify_signature": False})["acr"] == acr
    for method in found["code_challenge_methods_supported"]:
        assert signs_in(await world.authorize(world.browser(), code_challenge_method=method)), method


async def test_every_subject_type_is_taken_at_registration(world, found):
    tenant = await world.storage.tenant("")
    for value in found["subject_types_supported"]:
        document = {"redirect_uris": ["https://app.test/cb"], "subject_type": value}
        assert read_administered(document, tenant=tenant).subject_type == value


@pytest.mark.parametrize(
    "alg", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
)
async def test_every_signature_of_request_objects_works(world, found, alg):
    assert alg in found["request_object_signing_alg_values_supported"]
    key = ClientKey(alg)
    await a_client(world, jwks=key.jwks, request_object_signing_alg=alg)

    assert signs_in(await visit(world.browser(), request=signed(world, key)))


async def test_every_other_algorithm_of_request_objects_works(world, found):
    rest = [alg for alg in found["request_object_signing_alg_values_supported"] if alg[:2] in {"HS", "no"}]
    assert rest == ["HS256", "HS384", "HS512", "none"]
    for alg in rest:
        await a_client(world, request_object_signing_alg=alg)
        secret = SECRET * 2
        await world.client("web", secret=secret, request_object_signing_alg=alg)
        request = (
            unsigned(world) if alg == "none" else jwt.encode(object_claims(world), secret, algorithm=alg)
        )
        assert signs_in(await visit(world.browser(), request=request)), alg


async def test_every_encryption_of_request_objects_works(world, found):
    key = ClientKey()
    await a_client(world, jwks=key.jwks)
    for alg in found["request_object_encryption_alg_values_supported"]:
        for enc in found["request_object_encryption_enc_values_supported"]:
            request = encrypted(world, signed(world, key), alg, enc)
            assert signs_in(await visit(world.browser(), request=request)), (alg, enc)


@pytest.mark.parametrize("place", ["id_token", "userinfo", "authorization"])
async def test_every_signature_and_encryption_of_answers_works(world, found, place):
    browser = world.browser()
    await a_client(world)
    await world.code_for(browser)
    algs = found[f"{place}_signing_alg_values_supported"]
    pairs = [(alg, None, None) for alg in algs]
    pairs += [
        ("ES256", alg, enc)
        for alg in found[f"{place}_encryption_alg_values_supported"]
        for enc in found[f"{place}_encryption_enc_values_supported"]
    ]
    for alg, encryption, enc in pairs:
        await a_client(
            world,
            **{
                f"{place}_signed_response_alg": alg,
                f"{place}_encrypted_response_alg": encryption,
                f"{place}_encrypted_response_enc": enc,
            },
        )
        token = await answer_of(world, browser, place)
        head = read_object(b64decode(token.partition(".")[0]))
        assert (head["alg"], head.get("enc")) == (encryption or alg, enc)


async def answer_of(world, browser, place):
    if place == "authorization":
        return (await world.authorize(browser, response_mode="jwt")).params["response"]
    code = (await world.authorize(browser)).params["code"]
    tokens = (await world.redeem(code)).json()
    return tokens["id_token"] if place == "id_token" else (await world.userinfo(tokens["access_token"])).text


async def test_every_type_of_authorization_details_is_taken(world, found):
    await a_client(world)
    for kind in found["authorization_details_types_supported"]:
        reply = await push(world, **asked(authorization_details=json.dumps([{"type": kind}])))
        assert reply.status == 201, kind


async def test_what_is_switched_off_is_not_advertised():
    world = await make_world()
    found = (await world.http.get("/.well-known/openid-configuration")).json()

    assert found["response_types_supported"] == ["code"]
    assert "none" not in found["request_object_signing_alg_values_supported"]
    assert "none" not in found["id_token_signing_alg_values_supported"]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert not {"implicit", "password"} & set(found["grant_types_supported"])
    assert "authorization_details_types_supported" not in found
    await world.close()
