"""Attacks on authorization requests: rows AZ, RU, PK, SN, CD, CO and SS-16 of the catalogue, by id."""

import asyncio
import base64
import hashlib
import json

import jwt
import pytest
import pytest_asyncio

from tests.proofs import ClientKey
from tests.request_objects import asked, is_page, left_for_client, visit
from tests.world import CALLBACK, SECRET, VERIFIER, form_of, make_world

EVIL = "https://evil.test/cb"
HYBRID = ("code", "id_token", "code id_token", "code token", "id_token token", "code id_token token", "token")


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.client("web")
    await world.person()
    yield world
    await world.close()


async def legacy(world):
    """A tenant and a client with every response type."""
    await world.tenant(legacy=frozenset({"implicit"}))
    grants = frozenset({"authorization_code", "implicit", "refresh_token"})
    await world.client("all", response_types=HYBRID, grant_types=grants)


async def test_az_01_an_unknown_client_gets_a_page(world):
    for redirect_uri in (EVIL, CALLBACK, None):
        reply = await world.authorize(world.browser(), "nobody", redirect_uri=redirect_uri)
        assert is_page(reply)
        assert EVIL not in reply.text


async def test_az_03_a_missing_response_type_goes_home(world):
    reply = await world.authorize(world.browser(), response_type=None)

    assert left_for_client(reply)
    assert reply.params["error"] == "invalid_request"
    assert (reply.params["state"], reply.params["iss"]) == ("a-state", "https://id.test")


@pytest.mark.parametrize("response_type", ["token", "id_token token", "id_token", "code token"])
async def test_az_05_tokens_of_the_front_channel_must_be_granted(world, response_type):
    off = await world.authorize(world.browser(), response_type=response_type, nonce="n")
    await world.tenant(legacy=frozenset({"implicit"}))
    not_granted = await world.authorize(world.browser(), response_type=response_type, nonce="n")

    assert off.params["error"] in {"unsupported_response_type", "unauthorized_client"}
    assert not_granted.params["error"] == "unauthorized_client"
    for reply in (off, not_granted):
        assert left_for_client(reply)
        assert "#error" in reply.location
        assert "access_token" not in reply.location


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_az_07_a_repeated_address_or_client_gets_a_page(world, name):
    params = asked()
    params[name] = [params[name], params[name]]

    assert is_page(await world.browser().get("/oauth2/authorize", params=params))


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "response_type", "prompt", "code_challenge"])
async def test_az_07_any_other_repetition_goes_home(world, name):
    params = {**asked(), "nonce": "n", "prompt": "login"}
    params[name] = [params[name], params[name]]

    reply = await world.browser().get("/oauth2/authorize", params=params)

    assert left_for_client(reply)
    assert reply.params["error"] == "invalid_request"


@pytest.mark.parametrize("prompt", ["none login", "none consent", "sing_in"])
async def test_az_09_prompt_none_stands_alone(world, prompt):
    assert (await world.authorize(world.browser(), prompt=prompt)).params["error"] == "invalid_request"


@pytest.mark.parametrize("max_age", ["-1", "abc", "1" + "0" * 30, "1.5", "٣"])
async def test_az_11_a_senseless_max_age_goes_home(world, max_age):
    assert (await world.authorize(world.browser(), max_age=max_age)).params["error"] == "invalid_request"


async def test_az_11_max_age_0_is_a_fresh_sign_in(world):
    browser = world.browser()
    await world.code_for(browser)
    world.clock.forward(10)

    reply = await world.authorize(browser, max_age="0")

    assert reply.location.endswith("/sign_in")
    code = (await world.journey(browser, reply)).params["code"]
    id_token = (await world.redeem(code)).json()["id_token"]
    assert claims_of(id_token)["auth_time"] == world.clock.now()


@pytest.mark.parametrize(
    "claims",
    [
        "{",
        "[]",
        '"x"',
        "null",
        "[" * 200 + "]" * 200,
        '{"id_token":' + '{"a":' * 200 + "1" + "}" * 201,
        '{"id_token": []}',
        '{"userinfo": {"name": 1}}',
        '{"a": NaN}',
        '{"id_token": {"email": null}, "id_token": {}}',
        json.dumps({"userinfo": {f"c{i}": None for i in range(300)}}),
    ],
)
async def test_az_13_malformed_claims_go_home(world, claims):
    assert (await world.authorize(world.browser(), claims=claims)).params["error"] == "invalid_request"


async def test_az_13_a_megabyte_of_claims_is_refused_at_the_edge(world):
    by_get = await world.authorize(world.browser(), claims="x" * 1_000_000)
    by_post = await world.browser().post("/oauth2/authorize", form=asked(claims="x" * 1_000_000))

    assert (by_get.status, by_post.status) == (414, 413)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"])
async def test_az_15_other_methods_are_not_allowed(world, method):
    reply = await world.browser().request(method, "/oauth2/authorize")

    assert reply.status in {405, 501}
    if reply.status == 405:
        assert {"GET", "POST"} <= set(reply.header("allow").replace(" ", "").split(","))


@pytest.mark.parametrize(
    "redirect_uri",
    [
        CALLBACK + "/", "https://app.test/CB", CALLBACK + "?x=1", CALLBACK + "#f", CALLBACK + " ",
        "http://app.test/cb", "https://app.test.evil.test/cb", "https://app.test:444/cb",
        "https://app.test/cb/../evil", "https://app.test/cb/%2e%2e/evil", "https://app.test/cb/..;/evil",
        "https://app.test\\@evil.test/cb", "https://app.test@evil.test/cb", "//evil.test/cb",
        "javascript:alert(1)", "https://app.test/cb\r\nX: y", EVIL, " " + CALLBACK, CALLBACK.upper(),
    ],
)  # fmt: skip
async def test_ru_01_02_06_anything_but_the_registered_string_gets_a_page(world, redirect_uri):
    for more in ({}, {"response_type": "nonsense"}, {"prompt": "none"}, {"request": "broken"}):
        reply = await world.authorize(world.browser(), redirect_uri=redirect_uri, **more)
        assert is_page(reply), (redirect_uri, more, reply.location)


async def test_ru_12_only_the_port_of_a_loopback_address_may_vary(world):
    await world.client(
        "native",
        token_endpoint_auth_method="none",
        application_type="native",
        redirect_uris=("http://127.0.0.1/cb",),
    )

    fine = await world.authorize(world.browser(), "native", redirect_uri="http://127.0.0.1:49152/cb")

    assert fine.location.endswith("/sign_in")
    for other in (
        "http://127.0.0.1:49152/other", "http://localhost/cb", "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.1:99999/cb", "http://[::1]/cb", "https://127.0.0.1/cb",
    ):  # fmt: skip
        assert is_page(await world.authorize(world.browser(), "native", redirect_uri=other)), other


async def test_ru_14_nothing_is_learned_from_a_request(world):
    await world.client("two", redirect_uris=(CALLBACK, "https://app.test/other"))
    await world.client("zero", redirect_uris=())

    assert is_page(await world.authorize(world.browser(), "two", redirect_uri=None))
    for redirect_uri in (EVIL, CALLBACK, None):
        assert is_page(await world.authorize(world.browser(), "zero", redirect_uri=redirect_uri))
    assert (await world.storage.client("tenant-root", "zero")).redirect_uris == ()


async def test_ru_17_the_token_request_repeats_the_redirect_uri(world):
    code = await world.code_for(world.browser())

    for redirect_uri in (EVIL, None):
        assert (await world.redeem(code, redirect_uri=redirect_uri)).error == "invalid_grant"


async def test_ru_19_error_pages_link_to_nothing_of_the_query(world):
    reply = await world.browser().get(
        "/oauth2/authorize",
        params={"redirect_uri": EVIL, "redirect_back_uri": EVIL, "next": EVIL, "client_id": "web"},
    )

    assert is_page(reply)
    assert "evil.test" not in reply.text


async def test_pk_01_a_public_client_must_send_a_challenge(world):
    await world.client("spa", token_endpoint_auth_method="none", settings={"require_pkce": False})

    reply = await world.authorize(world.browser(), "spa", code_challenge=None, code_challenge_method=None)

    assert reply.params["error"] == "invalid_request"


async def test_pk_02_plain_is_refused_unless_tenant_and_client_allow_it(world):
    await world.client("old", settings={"allow_plain_pkce": True})
    plain = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}

    for client_id in ("web", "old"):
        reply = await world.authorize(world.browser(), client_id, **plain)
        assert reply.params["error"] == "invalid_request"
    await world.tenant(legacy=frozenset({"plain_pkce"}))
    assert (await world.authorize(world.browser(), "web", **plain)).params["error"] == "invalid_request"
    code = await world.code_for(world.browser(), "old", **plain)
    assert (await world.redeem(code, auth=("old", SECRET))).status == 200


async def test_pk_02_no_method_means_plain(world):
    reply = await world.authorize(world.browser(), code_challenge_method=None)

    assert reply.params["error"] == "invalid_request"


async def test_pk_05_a_challenge_wants_its_verifier(world):
    code = await world.code_for(world.browser())

    assert (await world.redeem(code, code_verifier=None)).error == "invalid_grant"


async def test_pk_06_wrong_verifiers_do_not_become_right(world):
    code = await world.code_for(world.browser())

    for _ in range(3):
        assert (await world.redeem(code, code_verifier="w" * 43)).error == "invalid_grant"


@pytest.mark.parametrize(
    "challenge", ["a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "+", "a" * 42 + "/", "a" * 500]
)
async def test_pk_09_a_challenge_is_43_characters(world, challenge):
    reply = await world.authorize(world.browser(), code_challenge=challenge)

    assert reply.params["error"] == "invalid_request"


async def test_pk_a_verifier_without_a_challenge_is_a_downgrade(world):
    await world.client("relaxed", settings={"require_pkce": False})
    code = await world.code_for(world.browser(), "relaxed", code_challenge=None, code_challenge_method=None)

    assert (await world.redeem(code, auth=("relaxed", SECRET))).error == "invalid_grant"


@pytest.mark.parametrize("tenant", ["", "acme"])
async def test_sn_01_every_answer_names_its_issuer(world, tenant):
    prefix = f"/t/{tenant}" if tenant else ""
    record = await world.tenant(tenant)
    await world.client("web", tenant=record.tenant_id)
    await world.person("alice", tenant=record.tenant_id)
    issuer = (await world.http.get(f"{prefix}/.well-known/openid-configuration")).json()["issuer"]
    browser = world.browser()

    success = await world.journey(browser, await world.authorize(browser, tenant=prefix))
    failure = await world.authorize(browser, tenant=prefix, prompt="nonsense")

    assert success.params["iss"] == failure.params["iss"] == issuer


async def test_sn_03_state_comes_back_byte_for_byte(world):
    state = ("+ %20&#=?/\\\"'<>ü€😀\u0301" * 200)[:2000]
    browser = world.browser()

    reply = await world.journey(browser, await world.authorize(browser, state=state))

    assert reply.params["state"] == state


async def test_sn_03_state_has_a_limit(world):
    reply = await world.authorize(world.browser(), state="x" * 4097)

    assert reply.params["error"] == "invalid_request"


@pytest.mark.parametrize("response_type", ["id_token", "code id_token", "id_token token"])
async def test_sn_05_an_id_token_of_the_front_channel_answers_a_nonce(world, response_type):
    await legacy(world)

    reply = await world.authorize(world.browser(), "all", response_type=response_type)

    assert reply.params["error"] == "invalid_request"
    assert "#error" in reply.location


@pytest.mark.parametrize(
    ("alg", "hashed"),
    [("RS256", "sha256"), ("PS256", "sha256"), ("ES256", "sha256"), ("ES384", "sha384"),
     ("PS512", "sha512"), ("EdDSA", "sha512")],
)  # fmt: skip
async def test_sn_07_hashes_bind_code_token_and_state(world, alg, hashed):
    await legacy(world)
    await world.keys.add("tenant-root", "sig", alg)
    client = await world.storage.client("tenant-root", "all")
    await world.change(client, id_token_signed_response_alg=alg)
    browser = world.browser()

    begun = await world.authorize(browser, "all", response_type="code id_token token", nonce="n")
    answer = (await world.journey(browser, begun)).params

    claims = claims_of(answer["id_token"])
    for name, value in (
        ("c_hash", answer["code"]),
        ("at_hash", answer["access_token"]),
        ("s_hash", "a-state"),
    ):
        full = hashlib.new(hashed, value.encode()).digest()
        assert claims[name] == base64.urlsafe_b64encode(full[: len(full) // 2]).rstrip(b"=").decode()
    assert claims["nonce"] == "n"


async def test_cd_01_a_replayed_code_ends_what_came_of_it(world):
    code = await world.code_for(world.browser())
    first = (await world.redeem(code)).json()

    assert (await world.redeem(code)).error == "invalid_grant"
    assert await world.introspect(first["access_token"]) == {"active": False}
    assert (await world.refresh(first["refresh_token"])).error == "invalid_grant"


async def test_cd_01_a_code_replayed_after_its_life_ends_what_came_of_it(world):
    code = await world.code_for(world.browser())
    first = (await world.redeem(code)).json()
    world.clock.forward(61)

    assert (await world.redeem(code, code_verifier="w" * 43)).error == "invalid_grant"
    assert (await world.introspect(first["access_token"]))["active"]
    assert (await world.redeem(code)).error == "invalid_grant"
    assert await world.introspect(first["access_token"]) == {"active": False}


async def test_cd_02_of_many_redemptions_at_once_at_most_one_succeeds(world):
    code = await world.code_for(world.browser())

    replies = await asyncio.gather(*(world.redeem(code) for _ in range(200)))

    won = [reply for reply in replies if reply.status == 200]
    assert len(won) <= 1
    assert all(reply.error == "invalid_grant" for reply in replies if reply.status != 200)
    for reply in won:
        assert await world.introspect(reply.json()["access_token"]) == {"active": False}


async def test_cd_03_a_code_belongs_to_its_client(world):
    await world.client("other")
    code = await world.code_for(world.browser())

    assert (await world.redeem(code, auth=("other", SECRET))).error == "invalid_grant"
    assert (await world.redeem(code)).status == 200


async def test_cd_05_a_code_lives_a_minute(world):
    code = await world.code_for(world.browser())
    world.clock.forward(61)

    assert (await world.redeem(code)).error == "invalid_grant"


async def test_cd_08_a_changed_code_is_no_code(world):
    code = await world.code_for(world.browser())

    for other in (code[:-1], code + "A", code.swapcase(), code[:-4] + "AAAA", "", "x", code * 2):
        reply = await world.redeem(other)
        assert reply.error in {"invalid_grant", "invalid_request"}, other
    assert (await world.redeem(code)).status == 200


async def test_cd_12_codes_are_not_redeemed_by_get(world):
    code = await world.code_for(world.browser())

    reply = await world.http.get("/oauth2/token", params={"grant_type": "authorization_code", "code": code})

    assert reply.status == 405
    assert (await world.redeem(code)).status == 200


async def test_cd_13_scope_at_the_redemption_gains_nothing(world):
    code = await world.code_for(world.browser())

    reply = await world.redeem(code, scope="openid email profile")

    assert reply.json()["scope"] == "openid"


async def test_co_01_prompt_none_never_shows_a_page(world):
    browser = world.browser()

    nobody = await world.authorize(browser, prompt="none")
    await world.code_for(browser)
    more = await world.authorize(browser, prompt="none", scope="openid email")
    stale = await world.authorize(browser, prompt="none", max_age="10000")
    silent = await world.authorize(browser, prompt="none")

    assert nobody.params["error"] == "login_required"
    assert more.params["error"] == "consent_required"
    assert "code" in stale.params
    assert "code" in silent.params


async def test_co_07_prompt_consent_always_asks_and_added_scopes_are_asked_for(world):
    browser = world.browser()
    await world.code_for(browser)

    again = await world.authorize(browser, prompt="consent")
    added = await world.authorize(browser, scope="openid email")

    assert again.location.endswith("/consent")
    assert added.location.endswith("/consent")
    assert "email" in dict(form_of((await browser.get(added.location)).text).ticked).values()


async def test_ss_16_an_unregistered_request_uri_is_never_fetched(world):
    for uri in (
        "https://app.test/request",
        "http://127.0.0.1:1/",
        "https://169.254.169.254/x",
        "file:///etc",
    ):
        home = await visit(world.browser(), request_uri=uri, redirect_uri=CALLBACK)
        await world.client("two", redirect_uris=(CALLBACK, "https://app.test/other"))
        page = await visit(world.browser(), "two", request_uri=uri)
        assert home.params["error"] == "invalid_request_uri"
        assert is_page(page)
    assert world.ports.fetcher.fetched == []


async def test_jw_09_tokens_for_other_purposes_are_no_hint(world):
    browser = world.browser()
    client = await world.storage.client("tenant-root", "web")
    await world.change(client, settings=type(client.settings)(access_token_format="jwt"))
    tokens = await world.code_flow(browser)

    reply = await world.authorize(browser, id_token_hint=tokens["access_token"], prompt="none")

    assert reply.params["error"] == "invalid_request"


async def test_jw_01_a_hint_must_be_signed_by_this_issuer(world):
    browser = world.browser()
    tokens = await world.code_flow(browser)
    head, body, _ = tokens["id_token"].split(".")
    bare = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    stranger = ClientKey("RS256").sign(claims_of(tokens["id_token"]))

    for hint in (f"{bare}.{body}.", f"{head}.{body}.", stranger, "x", "a.b.c.d.e"):
        reply = await world.authorize(browser, id_token_hint=hint, prompt="none")
        assert reply.params["error"] == "invalid_request", hint


async def test_jw_01_a_hint_that_names_nobody_signs_nobody_in(world):
    browser = world.browser()
    tokens = await world.code_flow(browser)
    nameless = {name: value for name, value in claims_of(tokens["id_token"]).items() if name != "sub"}

    for sub in ({}, {"sub": None}, {"sub": ["sub-alice"]}):
        hint = world.keys.sign("tenant-root", "RS256", "JWT", {**nameless, **sub})
        reply = await world.authorize(browser, id_token_hint=hint, prompt="none")
        assert reply.params["error"] in {"login_required", "invalid_request"}


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})
