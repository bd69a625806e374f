"""What an application may ask for in an authentication request (OpenID Connect Core), by section."""

import json
from urllib.parse import urlsplit

import jwt
import pytest
import pytest_asyncio
from joserfc import jwe, jwk

from tests.request_objects import encrypted, visit
from tests.world import CALLBACK, PASSWORD, SECRET, make_world

ACR = "urn:limen:acr:password"
ENC = jwk.RSAKey.generate_key(2048, parameters={"kid": "enc-1", "use": "enc"})


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    await world.client("web")
    await world.person()
    yield world
    await world.close()


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def signs_in(reply):
    return reply.location.endswith("/sign_in")


async def wish(world, document, **params):
    return await world.code_flow(claims=json.dumps(document), **params)


async def test_5_5_claims_asked_for_by_name_go_where_they_are_asked_for(world):
    document = {"userinfo": {"name": {"essential": True}}, "id_token": {"email": None, "nickname": None}}

    tokens = await wish(world, document)

    id_token, userinfo = claims_of(tokens["id_token"]), (await world.userinfo(tokens["access_token"])).json()
    assert (id_token["email"], id_token["nickname"]) == ("alice@id.test", "Al")
    assert "name" not in id_token
    assert userinfo == {"sub": "sub-alice", "name": "Alice Liddell"}


async def test_5_5_1_values_that_do_not_fit_are_left_out_and_the_request_succeeds(world):
    document = {
        "userinfo": {"email": {"value": "other@id.test"}, "name": {"values": ["Alice Liddell", "x"]}},
        "id_token": {"unknown_claim": {"essential": True}, "nickname": {"essential": True, "values": ["Bo"]}},
    }

    tokens = await wish(world, document)

    assert "email" not in (await world.userinfo(tokens["access_token"])).json()
    assert (await world.userinfo(tokens["access_token"])).json()["name"] == "Alice Liddell"
    assert not {"unknown_claim", "nickname"} & claims_of(tokens["id_token"]).keys()


async def test_5_5_what_the_issuer_says_cannot_be_asked_away(world):
    document = {"id_token": {"iss": {"value": "https://evil.test"}, "aud": None, "exp": {"value": 1}}}

    claims = claims_of((await wish(world, document))["id_token"])

    assert (claims["iss"], claims["aud"]) == ("https://id.test", "web")
    assert claims["exp"] > world.clock.now()


async def test_5_5_1_an_essential_sub_must_be_the_person_who_signs_in(world):
    await world.person("bob")
    browser, other = world.browser(), world.browser()
    wanted = json.dumps({"id_token": {"sub": {"value": "sub-alice"}}})

    right = await world.journey(browser, await world.authorize(browser, claims=wanted))
    wrong = await world.journey(other, await world.authorize(other, claims=wanted), username="bob")

    assert "code" in right.params
    assert wrong.params["error"] == "login_required"
    assert (await world.authorize(other, claims=wanted, prompt="none")).params["error"] == "login_required"


async def test_5_5_1_1_an_essential_acr_that_nobody_can_reach_is_an_error(world):
    wanted = json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:phishing-resistant"]}}})

    reply = await world.authorize(world.browser(), claims=wanted)

    assert reply.params["error"] == "unmet_authentication_requirements"


@pytest.mark.parametrize("how", ["acr_values", "claims", "default"])
async def test_3_1_2_1_a_reachable_acr_comes_back(world, how):
    if how == "default":
        await world.client("web", default_acr_values=("urn:other", ACR))
    params = {
        "acr_values": {"acr_values": f"urn:other {ACR}"},
        "claims": {"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": ACR}}})},
        "default": {},
    }[how]

    tokens = await world.code_flow(**params)

    assert claims_of(tokens["id_token"])["acr"] == ACR


async def test_3_1_2_1_voluntary_acr_values_never_fail_a_request(world):
    tokens = await world.code_flow(acr_values="1 2")

    assert claims_of(tokens["id_token"])["acr"] == ACR


async def test_rfc9470_5_a_session_that_is_too_weak_is_stepped_up(world):
    browser = world.browser()
    await world.code_for(browser)
    for session in await world.storage.sessions("tenant-root", "sub-alice"):
        await world.change(session, acr="urn:remembered")
    essential = json.dumps({"id_token": {"acr": {"essential": True, "value": ACR}}})

    silent = await world.authorize(browser, acr_values=ACR, prompt="none")
    demanded = await world.authorize(browser, claims=essential, prompt="none")
    asked = await world.authorize(browser, acr_values=ACR)

    assert "code" in silent.params
    assert demanded.params["error"] == "login_required"
    assert signs_in(asked)
    code = (await world.journey(browser, asked)).params["code"]
    assert claims_of((await world.redeem(code)).json()["id_token"])["acr"] == ACR


async def test_rfc9470_5_max_age_wants_a_fresh_sign_in(world):
    browser = world.browser()
    await world.code_for(browser)
    world.clock.forward(100)

    fresh = await world.authorize(browser, max_age="101")
    stale = await world.authorize(browser, max_age="99")
    silent = await world.authorize(browser, max_age="99", prompt="none")

    assert "code" in fresh.params
    assert signs_in(stale)
    assert silent.params["error"] == "login_required"


async def test_2_auth_time_is_told_whenever_somebody_asks(world):
    await world.client("asks", require_auth_time=True, default_max_age=500)

    for client_id, params in (("web", {"max_age": "500"}), ("asks", {}), ("web", {})):
        tokens = await world.code_flow(client_id=client_id, auth=(client_id, SECRET), **params)
        assert claims_of(tokens["id_token"])["auth_time"] == world.clock.now()


async def test_3_1_2_1_default_max_age_holds_where_the_request_names_none(world):
    await world.client("asks", default_max_age=10)
    browser = world.browser()
    await world.code_for(browser, "asks")
    world.clock.forward(11)

    assert signs_in(await world.authorize(browser, "asks"))
    assert "code" in (await world.authorize(browser, "asks", max_age="60")).params


@pytest.mark.parametrize("prompt", ["login", "create", "login consent"])
async def test_3_1_2_1_prompt_login_and_create_show_the_sign_in_page(world, prompt):
    browser = world.browser()
    await world.code_for(browser)
    world.clock.forward(2)

    reply = await world.authorize(browser, prompt=prompt)

    assert signs_in(reply)
    code = (await world.journey(browser, reply)).params["code"]
    assert claims_of((await world.redeem(code)).json()["id_token"])["auth_time"] == world.clock.now()


async def test_3_1_2_1_prompt_select_account_shows_the_choice(world):
    browser = world.browser()
    await world.code_for(browser)

    reply = await world.authorize(browser, prompt="select_account")

    assert reply.location.endswith("/choose_account")
    assert "code" in (await world.journey(browser, reply)).params


async def test_3_1_2_1_login_hint_fills_the_name_in(world):
    browser = world.browser()
    reply = await world.authorize(browser, login_hint='alice"><b>')

    page = await browser.get(reply.location)

    assert "alice&#34;&gt;" in page.text or "alice&quot;&gt;" in page.text


async def test_3_1_2_1_ui_locales_choose_the_language_of_the_pages(world):
    browser = world.browser()
    reply = await world.authorize(browser, ui_locales="se de en")

    page = await browser.get(reply.location)

    assert '<html lang="de"' in page.text


@pytest.mark.parametrize(
    "params",
    [
        {"display": "page"}, {"display": "popup"}, {"display": "hologram"}, {"ui_locales": "xx"},
        {"claims_locales": "se"}, {"login_hint": "buffy@id.test"}, {"acr_values": "1 2"}, {"extra": "foobar"},
    ],
)  # fmt: skip
async def test_3_1_2_1_wishes_that_cannot_be_met_are_no_errors(world, params):
    assert signs_in(await world.authorize(world.browser(), **params))


async def test_3_1_2_1_an_old_hint_of_the_same_person_passes_silently(world):
    browser = world.browser()
    hint = (await world.code_flow(browser))["id_token"]
    world.clock.forward(1000)

    assert "code" in (await world.authorize(browser, id_token_hint=hint, prompt="none")).params


async def test_3_1_2_1_a_hint_of_somebody_else_never_passes(world):
    await world.person("bob")
    browser, bobs = world.browser(), world.browser()
    hint = (await world.code_flow(browser))["id_token"]
    await world.journey(bobs, await world.authorize(bobs), username="bob")

    silent = await world.authorize(bobs, id_token_hint=hint, prompt="none")
    asked = await world.authorize(bobs, id_token_hint=hint)
    as_bob = await world.journey(bobs, asked, username="bob")

    assert silent.params["error"] == as_bob.params["error"] == "login_required"
    assert signs_in(asked)


async def test_3_1_2_1_a_hint_may_come_encrypted_to_this_issuer(world):
    browser = world.browser()
    hint = encrypted(world, (await world.code_flow(browser))["id_token"])

    assert "code" in (await world.authorize(browser, id_token_hint=hint, prompt="none")).params


async def test_3_1_2_1_a_hint_may_have_a_mac(world):
    await world.client("mac", id_token_signed_response_alg="HS256")
    browser = world.browser()
    hint = (await world.code_flow(browser, "mac", auth=("mac", SECRET)))["id_token"]

    right = await world.authorize(browser, "mac", id_token_hint=hint, prompt="none")
    forged = jwt.encode(claims_of(hint), "x" * 40, algorithm="HS256")

    assert "code" in right.params
    refused = await world.authorize(browser, "mac", id_token_hint=forged, prompt="none")
    assert refused.params["error"] == "invalid_request"


async def test_8_1_a_pairwise_client_hints_with_its_own_subject(world):
    await world.client("pair", subject_type="pairwise")
    browser = world.browser()
    tokens = await world.code_flow(browser, "pair", auth=("pair", SECRET))
    sub = claims_of(tokens["id_token"])["sub"]

    by_hint = await world.authorize(browser, "pair", id_token_hint=tokens["id_token"], prompt="none")
    claims = json.dumps({"id_token": {"sub": {"value": sub}}})
    by_claim = await world.authorize(browser, "pair", claims=claims, prompt="none")

    assert "code" in by_hint.params
    assert "code" in by_claim.params


async def test_8_1_subjects_are_pairwise_by_sector(world):
    sector = "https://sector.test/uris.json"
    more = {"subject_type": "pairwise"}
    await world.client("one", **more)
    await world.client("same-host", **more)
    await world.client("other-host", redirect_uris=("https://elsewhere.test/cb",), **more)
    await world.client("in-sector", sector_identifier_uri=sector, **more)
    await world.client(
        "in-sector-too", sector_identifier_uri=sector, redirect_uris=("https://elsewhere.test/cb",), **more
    )
    subs = {}
    for client_id in ("one", "same-host", "other-host", "in-sector", "in-sector-too", "web"):
        client = await world.storage.client("tenant-root", client_id)
        uri = client.redirect_uris[0]
        browser = world.browser()
        begun = await world.authorize(browser, client_id, redirect_uri=uri)
        code = (await world.journey(browser, begun)).params["code"]
        tokens = (await world.redeem(code, auth=(client_id, SECRET), redirect_uri=uri)).json()
        subs[client_id] = claims_of(tokens["id_token"])["sub"]
        assert (await world.userinfo(tokens["access_token"])).json()["sub"] == subs[client_id]
        assert (await world.introspect(tokens["access_token"]))["sub"] == subs[client_id]

    assert subs["web"] == "sub-alice"
    assert subs["one"] == subs["same-host"]
    assert subs["in-sector"] == subs["in-sector-too"]
    assert len({subs["one"], subs["other-host"], subs["in-sector"], subs["web"]}) == 4
    assert all(len(sub) <= 255 and sub.isascii() for sub in subs.values())


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256"])
async def test_5_3_2_userinfo_may_be_signed(world, alg):
    await world.client("signs", userinfo_signed_response_alg=alg)
    tokens = await world.code_flow(client_id="signs", auth=("signs", SECRET), scope="openid email")

    reply = await world.userinfo(tokens["access_token"])

    assert reply.header("content-type") == "application/jwt"
    assert jwt.get_unverified_header(reply.text)["alg"] == alg
    claims = claims_of(reply.text)
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("https://id.test", "signs", "sub-alice")
    assert claims["email"] == "alice@id.test"


@pytest.mark.parametrize("alg", [None, "ES256"])
async def test_5_3_2_userinfo_may_be_encrypted_signed_or_not(world, alg):
    await world.client(
        "seals",
        jwks={"keys": [ENC.as_dict(private=False)]},
        userinfo_signed_response_alg=alg,
        userinfo_encrypted_response_alg="RSA-OAEP-256",
        userinfo_encrypted_response_enc="A256GCM",
    )
    tokens = await world.code_flow(client_id="seals", auth=("seals", SECRET), scope="openid email")

    reply = await world.userinfo(tokens["access_token"])

    assert reply.header("content-type") == "application/jwt"
    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A256GCM"])
    found = jwe.decrypt_compact(reply.text, ENC, registry=registry)
    assert found.protected.get("cty") == ("JWT" if alg else None)
    text = found.plaintext.decode()
    assert (claims_of(text) if alg else json.loads(text))["email"] == "alice@id.test"


async def test_2_the_id_token_may_be_encrypted(world):
    await world.client(
        "seals",
        jwks={"keys": [ENC.as_dict(private=False)]},
        id_token_encrypted_response_alg="RSA-OAEP-256",
        id_token_encrypted_response_enc="A128CBC-HS256",
    )
    tokens = await world.code_flow(client_id="seals", auth=("seals", SECRET))

    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A128CBC-HS256"])
    found = jwe.decrypt_compact(tokens["id_token"], ENC, registry=registry)

    assert claims_of(found.plaintext.decode())["sub"] == "sub-alice"


async def test_3_1_2_1_the_request_may_be_posted(world):
    browser = world.browser()
    params = {"response_type": "code", "client_id": "web", "redirect_uri": CALLBACK, "scope": "openid"}
    await world.client("web", settings={"require_pkce": False})

    reply = await browser.post("/oauth2/authorize", form=params)

    assert signs_in(reply)
    assert urlsplit(reply.location).path.startswith("/i/")
    assert "code" in (await world.journey(browser, reply)).params


async def test_3_1_2_1_a_missing_redirect_uri_falls_to_the_only_registered_one(world):
    reply = await visit(world.browser(), prompt="none", response_type="code", scope="openid")

    assert reply.location.startswith(CALLBACK)
    assert PASSWORD not in reply.location


async def test_7_2_1_a_client_cannot_register_itself_on_the_way(world):
    reply = await world.authorize(world.browser(), registration='{"client_name":"Me"}')

    assert reply.params["error"] == "registration_not_supported"
