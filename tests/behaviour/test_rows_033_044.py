"""Access tokens and ID tokens (rows 33 to 44 of the behaviour list)."""

import base64
import hashlib

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey

from limen.errors import InvalidClientMetadata
from limen.model.scope import ClaimDefinition
from limen.model.tenant import Tenant
from limen.protocol.client_metadata import read_administered
from tests.behaviour.claims import header_of, jwe_header, part, unverified, verified
from tests.world import CALLBACK, SECRET

TENANT = Tenant(tenant_id="t", name="", issuer="https://id.test")
WEB = {"redirect_uris": [CALLBACK]}
KEY = RSAKey.generate_key(2048, {"kid": "enc-1", "use": "enc", "alg": "RSA-OAEP-256"})
JWKS = {"keys": [KEY.as_dict(private=False)]}


def half_hash(text):
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


@pytest.mark.parametrize(("kind", "shape"), [("opaque", "lm_at_"), ("jwt", "eyJ"), ("reference", "lm_rf_")])
async def test_row_33_the_type_of_access_tokens_is_a_setting_for_new_ones(world, kind, shape):
    client = await world.client()
    await world.person()
    before = (await world.code_flow())["access_token"]

    await world.client(settings={"access_token_format": kind})
    after = (await world.code_flow())["access_token"]

    assert client.settings.access_token_format is None
    assert after.startswith(shape)
    assert (await world.introspect(before))["active"]
    assert (await world.introspect(after))["active"]


async def test_row_34_an_opaque_token_says_nothing_and_two_grants_live_side_by_side(world):
    await world.client()
    await world.person()
    browser = world.browser()
    first, second = await world.code_flow(browser), await world.code_flow(browser)

    assert first["access_token"] != second["access_token"]
    assert first["refresh_token"] != second["refresh_token"]
    for tokens in (first, second):
        assert tokens["access_token"].count(".") == 0
        assert (await world.introspect(tokens["access_token"]))["active"]
        assert (await world.userinfo(tokens["access_token"])).status == 200


@pytest.mark.parametrize("claim", ["authorization_details", "binding_type", "binding_ref", "limen_bindings"])
async def test_row_35_a_persons_attribute_never_says_what_the_issuer_says(world, claim):
    await world.tenant(claims=(ClaimDefinition(claim=claim, attribute="x"),))
    await world.client(settings={"access_token_format": "jwt", "access_token_claims": (claim,)})
    await world.person(claims={"x": "cookie"})

    token = (await world.code_flow())["access_token"]

    assert claim not in await verified(world, token)
    assert (await world.userinfo(token)).status == 200


async def test_row_35_a_jwt_has_every_member(world):
    await world.client(settings={"access_token_format": "jwt", "access_token_claims": ("email",)})
    await world.person()
    tokens = await world.code_flow(scope="openid profile")
    token, now = tokens["access_token"], world.clock.now()

    claims = await verified(world, token)
    jti = claims.pop("jti")

    assert (header_of(token)["typ"], header_of(token)["alg"]) == ("at+jwt", "ES256")
    assert jti
    assert set(claims.pop("scope").split()) == {"openid", "profile"}
    assert claims == {
        "iss": "https://id.test", "sub": "sub-alice", "aud": "https://id.test", "client_id": "web",
        "azp": "web", "iat": now, "nbf": now, "exp": now + 3600, "aut": "APPLICATION_USER",
        "email": "alice@id.test", "auth_time": now, "acr": claims["acr"], "amr": ["pwd"],
        "sid": claims["sid"],
    }  # fmt: skip


async def test_row_35_scope_may_be_an_array(world):
    await world.client(settings={"access_token_format": "jwt", "access_token_scope_as_array": True})
    await world.person()
    token = (await world.code_flow(scope="openid email"))["access_token"]

    assert sorted((await verified(world, token))["scope"]) == ["email", "openid"]
    assert set((await world.introspect(token))["scope"].split()) == {"openid", "email"}


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_row_35_the_signature_of_access_tokens_is_a_setting(world, alg):
    await world.keys.add("tenant-root", "sig", alg)
    await world.client(settings={"access_token_format": "jwt", "access_token_signing_alg": alg})
    token = (await world.token(grant_type="client_credentials", auth=("web", SECRET))).json()["access_token"]

    assert header_of(token)["alg"] == alg
    assert (await verified(world, token))["sub"] == "web"


async def test_rows_37_and_38_each_lifetime_follows_its_own_setting(world):
    await world.client(settings={"access_token_lifetime": 100, "app_access_token_lifetime": 200})
    await world.person()

    person = await world.code_flow()
    app = (await world.token(grant_type="client_credentials", auth=("web", SECRET))).json()

    assert (person["expires_in"], app["expires_in"]) == (100, 200)
    now = world.clock.now()
    assert (await world.introspect(person["access_token"]))["exp"] == now + 100
    assert (await world.introspect(app["access_token"]))["exp"] == now + 200
    world.clock.forward(100)
    assert not (await world.introspect(person["access_token"]))["active"]
    assert (await world.introspect(app["access_token"]))["active"]


@pytest.mark.parametrize("value", [0, -1, 1.5, "60", True])
def test_row_37_a_lifetime_that_is_none_is_refused(value):
    with pytest.raises(InvalidClientMetadata):
        read_administered({**WEB, "limen_access_token_lifetime": value}, tenant=TENANT)


async def test_row_39_one_audience_is_a_string_and_several_an_array(world):
    await world.client()
    await world.person()
    plain = unverified((await world.code_flow())["id_token"])
    await world.client(settings={"id_token_audience": ("https://a.test", "web", "b")})
    several = unverified((await world.code_flow())["id_token"])

    assert plain["aud"] == "web"
    assert several["aud"] == ["web", "https://a.test", "b"]
    assert plain["azp"] == several["azp"] == "web"


@pytest.mark.parametrize("audience", [["a", "a"], [""], "a", [1]])
def test_row_39_repeated_and_empty_audiences_are_refused(audience):
    with pytest.raises(InvalidClientMetadata):
        read_administered({**WEB, "limen_id_token_audience": audience}, tenant=TENANT)


async def test_row_40_the_claims_of_an_id_token(world):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(
        grant_types=frozenset({"authorization_code", "implicit"}),
        response_types=("code", "code id_token token"),
    )
    await world.person()
    browser, now = world.browser(), world.clock.now()

    asked = await world.authorize(browser, response_type="code id_token token", nonce="n-1")
    front = (await world.journey(browser, asked)).params
    claims = await verified(world, front["id_token"])
    back = await verified(world, (await world.redeem(front["code"])).json()["id_token"])

    assert claims["at_hash"] == half_hash(front["access_token"])
    assert claims["c_hash"] == half_hash(front["code"])
    assert claims["s_hash"] == half_hash("a-state")
    assert (claims["nonce"], back["nonce"]) == ("n-1", "n-1")
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("https://id.test", "sub-alice", "web")
    assert (claims["auth_time"], claims["iat"], claims["exp"]) == (now, now, now + 3600)
    assert (claims["amr"], claims["azp"]) == (["pwd"], "web")
    assert (claims["acr"], claims["sid"]) == (back["acr"], back["sid"])


async def test_row_40_somebody_who_signed_in_earlier_has_their_own_auth_time(world):
    await world.client(require_auth_time=True)
    await world.person()
    browser, signed_in_at = world.browser(), world.clock.now()
    await world.code_flow(browser)
    world.clock.forward(60)

    later = unverified((await world.code_flow(browser))["id_token"])

    assert (later["auth_time"], later["iat"]) == (signed_in_at, signed_in_at + 60)


def test_row_41_encryption_needs_the_clients_keys():
    with pytest.raises(InvalidClientMetadata):
        read_administered({**WEB, "id_token_encrypted_response_alg": "RSA-OAEP-256"}, tenant=TENANT)


@pytest.mark.parametrize("enc", ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"])
async def test_rows_42_and_43_an_id_token_is_signed_then_encrypted_with_a_fresh_key(world, enc):
    await world.client(
        jwks=JWKS, id_token_encrypted_response_alg="RSA-OAEP-256", id_token_encrypted_response_enc=enc
    )
    await world.person()
    browser = world.browser()
    first = (await world.code_flow(browser))["id_token"]
    second = (await world.code_flow(browser))["id_token"]

    header = jwe_header(first)
    inner = jwe.decrypt_compact(first, KEY, algorithms=["RSA-OAEP-256", enc]).plaintext.decode()

    assert (header["alg"], header["enc"], header["kid"], header["cty"]) == (
        "RSA-OAEP-256", enc, "enc-1", "JWT",
    )  # fmt: skip
    assert (await verified(world, inner))["aud"] == "web"
    assert part(first, 1) != part(second, 1)


async def test_row_44_an_id_token_lives_as_long_as_it_is_set(world):
    await world.client(settings={"id_token_lifetime": 77})
    await world.person()
    claims = unverified((await world.code_flow())["id_token"])

    assert claims["exp"] - claims["iat"] == 77


async def sign_out(world, browser, hint, **params):
    where = {"post_logout_redirect_uri": CALLBACK, "state": "bye", **params}
    return await browser.get("/oidc/logout", params={"id_token_hint": hint, **where})


async def test_row_41_a_hint_that_is_encrypted_to_the_issuer_signs_out(world):
    await world.client()
    await world.person()
    browser = world.browser()
    hint = (await world.code_flow(browser))["id_token"]
    published = (await world.http.get("/oauth2/jwks")).json()["keys"]
    ours = next(key for key in published if key["use"] == "enc" and key["kty"] == "RSA")
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": ours["kid"], "cty": "JWT"}
    sealed = jwe.encrypt_compact(
        header, hint, RSAKey.import_key(ours), algorithms=["RSA-OAEP-256", "A256GCM"]
    )

    reply = await sign_out(world, browser, sealed, client_id="web")

    assert (reply.location.split("?")[0], reply.params["state"]) == (CALLBACK, "bye")
    assert (await world.authorize(browser, prompt="none")).error == "login_required"


async def test_row_68_a_hint_with_a_mac_signs_out_and_a_forged_one_does_not(world):
    await world.client(id_token_signed_response_alg="HS256")
    await world.client("other", secret="another-" * 6, id_token_signed_response_alg="HS256")
    await world.person()
    browser = world.browser()
    hint = (await world.code_flow(browser))["id_token"]

    stolen = await sign_out(world, browser, hint, client_id="other")
    reply = await sign_out(world, browser, hint)

    assert (stolen.status, stolen.header("location")) == (400, None)
    assert reply.location.split("?")[0] == CALLBACK
