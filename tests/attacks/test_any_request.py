"""Whatever comes to the authorization endpoint and to PAR: no fault, and no way to a strange address."""

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.model.tenant import DetailType
from tests.proofs import ClientKey
from tests.request_objects import URN, asked, signed
from tests.world import BASE, CALLBACK, SECRET, make_world

KEY = ClientKey()
NAMES = (
    "response_type", "client_id", "redirect_uri", "response_mode", "scope", "state", "nonce", "prompt",
    "max_age",
    "display", "ui_locales", "claims_locales", "login_hint", "id_token_hint", "acr_values", "claims",
    "code_challenge", "code_challenge_method", "dpop_jkt", "resource", "authorization_details", "request",
    "request_uri", "registration", "client_secret", "client_assertion", "client_assertion_type", "unknown",
)  # fmt: skip
PLAUSIBLE = (
    "", "code", "code id_token", "id_token token", "none", "web", "jwt", "form_post", "fragment", "query.jwt",
    CALLBACK,
    "https://evil.test/cb", "//evil.test", "javascript:alert(1)", CALLBACK + "#x", "openid", "openid email",
    "login", "none login", "select_account", "0", "-1", "99999999999", "S256", "plain", "a" * 43, "{}", "[]",
    "null", '{"id_token": {"acr": {"essential": true}}}', '{"id_token": {"acr": {"values": [1, {}]}}}',
    '{"id_token": {"sub": {"value": {}}}}', '{"userinfo": {"name": {"values": {}}}}', '[{"type": "payment"}]',
    "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "....", URN, URN + "x", "https://app.test/r",
    "\x00", "\ud7ff", "é" * 50,
)  # fmt: skip
VALUE = st.one_of(st.sampled_from(PLAUSIBLE), st.text(max_size=60))
PARAMS = st.dictionaries(st.sampled_from(NAMES), st.lists(VALUE, min_size=1, max_size=2), max_size=12)
INSIDE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False), VALUE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(VALUE, inner, max_size=3),
    max_leaves=8,
)
CLAIMS = st.dictionaries(
    st.sampled_from((*NAMES, "iss", "aud", "exp", "nbf", "iat", "jti")), INSIDE, max_size=8
)
MANY = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def world():
    world = await make_world()
    legacy = frozenset({"implicit", "alg_none", "plain_pkce"})
    await world.tenant(legacy=legacy, detail_types=(DetailType(type="payment"),))
    await world.client(
        "web",
        jwks=KEY.jwks,
        response_types=("code", "none", "code id_token", "id_token token"),
        grant_types=frozenset({"authorization_code", "implicit"}),
        request_uris=("https://app.test/r",),
    )
    await world.person()
    world.signed_in = world.browser()
    await world.code_for(world.signed_in)
    yield world
    await world.close()


def check_answer(reply):
    """No fault, and nowhere but home or to our own pages."""
    assert reply.status < 500, reply.text[:300]
    location = reply.header("location")
    if location is not None:
        ours = location.startswith((f"{BASE}/i/", "/i/"))
        home = location == CALLBACK or location.startswith((CALLBACK + "?", CALLBACK + "#"))
        assert ours or home, location
    elif "<form" in reply.text and "form_post" in reply.url:
        assert f'action="{CALLBACK}"' in reply.text


@MANY
@given(params=PARAMS)
async def test_any_parameters_at_the_authorization_endpoint(world, params):
    for browser in (world.browser(), world.signed_in):
        check_answer(await browser.get("/oauth2/authorize", params=params))
        check_answer(await browser.post("/oauth2/authorize", form=params))


@MANY
@given(params=PARAMS)
async def test_any_change_to_a_good_request(world, params):
    reply = await world.signed_in.get("/oauth2/authorize", params={**asked(), **params})

    check_answer(reply)


@MANY
@given(params=PARAMS)
async def test_any_parameters_at_par(world, params):
    for form in (params, {**asked(), **params}):
        reply = await world.http.post("/oauth2/par", form=form, auth=("web", SECRET))
        assert reply.status in {201, 400, 401}, reply.text
        if reply.status == 201:
            uri = reply.json()["request_uri"]
            check_answer(
                await world.signed_in.get(
                    "/oauth2/authorize", params={"client_id": "web", "request_uri": uri}
                )
            )


@MANY
@given(claims=CLAIMS)
async def test_any_claims_in_a_signed_object(world, claims):
    claims = {name: value for name, value in claims.items() if value is not None}
    try:
        request = signed(world, KEY, **claims)
    except (TypeError, ValueError):  # what PyJWT does not write, nobody sends
        return
    reply = await world.signed_in.get("/oauth2/authorize", params={"client_id": "web", "request": request})

    check_answer(reply)
