"""Whatever anybody sends to any address is answered, and never with a fault of ours."""

import base64
import json
import os
from urllib.parse import urlencode

import jwt
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limen.model.tenant import DetailType, Registration, Resource
from limen.protocol.client_metadata import MEMBER_NAMES
from limen.protocol.registered_values import CIBA, DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from limen.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN, JWT
from limen.routes import Rooms, page_routes, protocol_routes
from tests.ciba import add_ciba_client, add_signing_client
from tests.device import Device, add_device_client
from tests.issuer import Issuer
from tests.proofs import ASSERTION_TYPE, ClientKey
from tests.world import BASE, CALLBACK, PASSWORD, SECRET, VERIFIER, form_of, make_world

BUSY = 503
TIMES = int(os.environ.get("LIMEN_TRIES", "1"))
NAMES = (
    "grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "code",
    "redirect_uri", "code_verifier", "refresh_token", "scope", "resource", "audience", "username", "password",
    "device_code", "user_code", "auth_req_id", "assertion", "subject_token", "subject_token_type",
    "actor_token", "actor_token_type", "requested_token_type", "authorization_details", "token",
    "token_type_hint", "access_token", "limen_dpop", "limen_htm", "limen_htu", "limen_certificate",
    "limen_cookie", "login_hint", "login_hint_token", "id_token_hint", "binding_message", "requested_expiry",
    "acr_values", "client_notification_token", "request", "tokenBindingId", "post_logout_redirect_uri",
    "logout_hint", "state", "ui_locales", "form_token", "sign_out", "allow", "deny", "remember", "another",
    "session_id", "cancel", "rel", "iss", "target_link_uri", "", "é", "x" * 300,
)  # fmt: skip
GRANTS = (
    "authorization_code", "refresh_token", "client_credentials", "password", DEVICE_CODE, CIBA, JWT_BEARER,
    TOKEN_EXCHANGE,
)  # fmt: skip
HEADERS = (
    "Authorization", "DPoP", "Cookie", "Origin", "Accept", "Accept-Language", "Content-Type", "User-Agent",
    "If-None-Match", "Sec-Fetch-Site", "X-Forwarded-For", "Forwarded", "Client-Cert", "Range", "Referer",
    "Access-Control-Request-Method", "X-Request-Id",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
TYPES = (
    FORM,
    "application/json",
    "text/plain",
    "multipart/form-data",
    "x",
    "",
)
ODD = (
    "", " ", "0", "-1", "1e999", "null", "true", "[]", "{}", "é", "\u202e", "\ud7ff", "😀" * 20, "a" * 2_000,
    "%", "%00", "%zz", "..", "../..", "//evil.test", "javascript:alert(1)", "' or 1=1 --", "\x7f", "\x01",
    "lm_at_AAAA", "lm_rt_AAAA", "lm_ac_AAAA", "lm_rf_x", "lm_dc_x", "lm_ar_x", "eyJhbGciOiJub25lIn0.e30.",
    "eyJ.eyJ.x", "a.b.c.d.e", "acct:alice@id.test", "acct:@", "https://id.test:99999999/", "https://[::1",
    "http://[", "mailto:x", "urn:ietf:params:oauth:request_uri:x", "web", "spa", "tv", "alice", SECRET,
    CALLBACK, VERIFIER, PASSWORD, ASSERTION_TYPE, ACCESS_TOKEN, ID_TOKEN, JWT, "POST", "openid",
)  # fmt: skip


def times(number):
    """Return how often a property is tried; all of them together take half a minute."""
    fixture = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=number * TIMES, suppress_health_check=fixture)


async def _nothing(_message):
    return None


ROOMS = Rooms(**dict.fromkeys(Rooms.__dataclass_fields__, _nothing))
ROUTES = (*protocol_routes(ROOMS), *page_routes(ROOMS, home=_nothing, setup=_nothing, static=_nothing))
CLIENTS = ("web", "spa", "tv", "no")
JWK = ("kty", "n", "e", "crv", "x", "y", "kid", "use", "alg", "k", "d", "x5c")
PATHS = tuple(dict.fromkeys(route.path for route in ROUTES))

VALUE = st.one_of(st.sampled_from(ODD), st.text(max_size=30), st.integers(0, 30).map(lambda n: f"known:{n}"))
PARAMS = st.lists(st.tuples(st.sampled_from(NAMES), VALUE), max_size=8)
# What a server hands to an application: octets of latin-1 without those that end a field.
OCTETS = st.text(st.characters(max_codepoint=255), max_size=40)
SCHEMES = st.sampled_from(("Basic ", "Bearer ", "DPoP ", "basic  "))
FIELD = st.one_of(VALUE, OCTETS, st.builds(str.__add__, SCHEMES, st.one_of(VALUE, OCTETS)))
FIELDS = st.dictionaries(st.sampled_from(HEADERS), FIELD, max_size=4)
MEMBER = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.sampled_from([2**31, 2**63 - 1, 2**63, 1e300, -1, 0]),
        st.sampled_from(ODD),
        st.text(max_size=20),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CLAIM_NAMES = (
    "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "htm", "htu", "ath", "nonce", "act", "may_act", "scope",
    "client_id", "azp", "sid", "auth_time", "login_hint", "binding_message", "requested_expiry", "cnf",
    "redirect_uris", "software_id", "acr_values", "user_code", "client_notification_token",
)  # fmt: skip
CLAIMS = st.dictionaries(st.sampled_from(CLAIM_NAMES), MEMBER, max_size=4)
HEAD = st.dictionaries(
    st.sampled_from(["typ", "kid", "cty", "crit", "jwk", "x5c", "jku", "b64", "zip", "x"]), MEMBER, max_size=2
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def world():
    """A server with something of everything; `known` is what an attacker may have got hold of."""
    world = await make_world()
    world.issuer = Issuer(world.clock)
    await world.tenant(
        legacy=frozenset({"implicit", "password", "alg_none", "plain_pkce"}),
        detail_types=(DetailType(type="payment"),),
        resources=(Resource(resource="https://api.test", scopes=("pay",)),),
        trusted_issuers=(world.issuer.trusted(),),
        registration=Registration(
            mode="open", statement_issuers=(world.issuer.trusted(),), hourly_limit=10**9
        ),
    )
    world.key = ClientKey()
    await world.client("web", grant_types=frozenset(GRANTS), settings={"exchange_impersonation": True})
    await world.client("keyed", token_endpoint_auth_method="private_key_jwt", jwks=world.key.jwks)
    await world.client("spa", token_endpoint_auth_method="none", grant_types=frozenset(GRANTS))
    await add_device_client(world)
    await add_ciba_client(world)
    world.signing = await add_signing_client(world)
    await world.person()
    world.person_browser = browser = world.browser()
    tokens = await world.code_flow(browser)
    page = await browser.follow(await world.authorize(browser, prompt="login"))
    device = await Device.start(world)
    world.page = page
    world.known = [
        *tokens.values(), *device.codes.values(), *(value for _, value in form_of(page.text).hidden),
        page.url.split("/")[-2], await world.code_for(browser), *browser.cookies.values(),
    ]  # fmt: skip
    yield world
    await world.close()


def meant(world, value):
    """Put in what is known to the attacker."""
    if value.startswith("known:"):
        return str(world.known[int(value[6:]) % len(world.known)])
    return value


def check(reply):
    """No fault, and no redirect but ours or home."""
    assert reply.status < 500 or reply.status == BUSY, reply.text[:300]
    where = reply.header("location")
    assert where is None or where.startswith((BASE, CALLBACK, "/")), where
    assert where is None or not where.startswith("//")


async def send(world, method, path, *, query=(), fields=None, body=b"", kind=""):
    headers = {name: meant(world, value) for name, value in (fields or {}).items()}
    if kind:
        headers["Content-Type"] = kind
    headers = {
        name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items() if value
    }
    browser = world.person_browser if "Cookie" not in headers else world.browser()
    kept = dict(browser.cookies)
    reply = await browser.request(method, path, params=list(query) or None, body=body, headers=headers)
    browser.cookies = kept
    check(reply)
    return reply


def encoded(world, pairs):
    return urlencode([(n, meant(world, v)) for n, v in pairs], errors="replace").encode()


METHODS = ("GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
ARGS = ("x", "sign_in", "consent", "known", "web", "%C3%A9", "%20", "a" * 300)
WHERE = st.tuples(
    st.sampled_from(METHODS),
    st.sampled_from(["", "", "", "/t/x", "/t/%C3%A9"]),
    st.sampled_from(PATHS),
    st.sampled_from(ARGS),
)


@times(300)
@given(where=WHERE, query=PARAMS, form=PARAMS, fields=FIELDS)
async def test_any_request_to_any_address(world, where, query, form, fields):
    method, tenant, path, arg = where
    path = path.replace("{interaction}", world.page.url.split("/")[-2] if arg == "known" else arg)
    path = path.replace("{step}", "sign_in" if arg == "known" else arg)
    for name in ("{handle}", "{file}", "{client_id}", "{request}"):
        path = path.replace(name, arg)
    query = [(name, meant(world, value).encode("utf-8", "replace")) for name, value in query]
    sends = method in {"POST", "PUT", "PATCH"}

    await send(
        world,
        method,
        tenant + path,
        query=() if sends else query,
        fields=fields,
        body=encoded(world, form) if sends else b"",
        kind=FORM if sends else "",
    )


PIECES = (b"&", b"=", b"%", b"%4", b"a", b"+", b"\xff", b"\0", b";")


@times(120)
@given(
    path=st.sampled_from(PATHS),
    kind=st.sampled_from(TYPES),
    body=st.one_of(
        st.binary(max_size=80),
        st.sampled_from(ODD).map(str.encode),
        st.lists(
            st.sampled_from([b"&", b"=", b"%", b"%4", b"a", b"+", b"\xff", b"\0", b";"]), max_size=30
        ).map(b"".join),
    ),
)
async def test_any_body_to_any_address(world, path, kind, body):
    for name in ("{interaction}", "{step}", "{handle}", "{file}", "{client_id}", "{request}"):
        path = path.replace(name, "x")

    await send(world, "POST", path, body=body, kind=kind)


@times(200)
@given(grant=st.sampled_from(GRANTS), form=PARAMS, fields=FIELDS, who=st.sampled_from(CLIENTS))
async def test_any_parameters_of_any_grant(world, grant, form, fields, who):
    named = [("client_id", who)] if who != "web" else []
    form = [pair for pair in form if pair[0] not in {"grant_type", "client_id"}]
    fields = {name: value for name, value in fields.items() if name != "Content-Type"}
    if who == "web":
        fields["Authorization"] = "Basic " + base64.b64encode(f"web:{SECRET}".encode()).decode()
    body = encoded(world, [("grant_type", grant), *named, *form])

    await send(world, "POST", "/oauth2/token", fields=fields, body=body, kind=FORM)


@times(200)
@given(claims=CLAIMS, head=HEAD)
async def test_any_claims_in_any_token(world, claims, head):
    now = world.clock.now()
    good = {"iss": "keyed", "sub": "keyed", "aud": BASE, "exp": now + 60, "iat": now, "jti": f"j{now}"}
    foreign = {**good, "iss": "https://other.test", "sub": "sub-alice"}
    hinted = {**good, "iss": "signer", "nbf": now, "scope": "openid", "login_hint": "alice"}
    shown = {"jti": f"j{now}", "htm": "POST", "htu": f"{BASE}/oauth2/token", "iat": now}
    try:
        assertion = _signed(world.key, {**good, **claims}, head)
        stranger = _signed(world.issuer, {**foreign, **claims}, head)
        request = _signed(world.signing, {**hinted, **claims}, head)
        dpop = _signed(world.key, {**shown, **claims}, {"typ": "dpop+jwt", "jwk": world.key.bare, **head})
    except (TypeError, ValueError, jwt.PyJWTError):  # what PyJWT does not write, nobody sends
        return
    auth = ("web", SECRET)
    kinds = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    check(await world.token(**kinds, client_assertion=assertion))
    check(await world.token(auth=auth, grant_type=JWT_BEARER, assertion=stranger))
    traded = {"subject_token": stranger, "subject_token_type": JWT, "grant_type": TOKEN_EXCHANGE}
    check(await world.token(auth=auth, **traded))
    check(await world.token(auth=auth, grant_type="client_credentials", headers={"DPoP": dpop}))
    check(await world.userinfo(stranger))
    check(await world.http.post("/oauth2/bc-authorize", form={"request": request}, auth=("signer", SECRET)))
    check(await world.http.get("/oidc/logout", params={"id_token_hint": stranger[:8_000]}))
    check(await world.http.post("/oauth2/register", json={"software_statement": stranger}))


@times(250)
@given(
    document=st.dictionaries(st.sampled_from(sorted(MEMBER_NAMES)), MEMBER, max_size=5),
    keys=st.lists(st.dictionaries(st.sampled_from(JWK), MEMBER, max_size=5), max_size=2),
)
async def test_any_metadata_of_a_client(world, document, keys):
    try:
        body = json.dumps({"redirect_uris": [CALLBACK], "jwks": {"keys": keys}, **document}).encode()
    except (ValueError, UnicodeEncodeError):
        return
    reply = await world.http.post("/oauth2/register", body=body, headers={"Content-Type": "application/json"})
    check(reply)
    if reply.status == 201:
        told = reply.json()
        bearer = {"Authorization": f"Bearer {told['registration_access_token']}"}
        where = told["registration_client_uri"]
        check(await world.http.get(where, headers=bearer))
        check(await world.http.request("PUT", where, json={**told, **document}, headers=bearer))
        if told.get("client_secret"):
            auth = (told["client_id"], told["client_secret"])
            check(await world.token(auth=auth, grant_type="client_credentials"))
        check(await world.authorize(world.person_browser, told["client_id"]))


def _signed(key, claims, head):
    private = key.private if isinstance(key, ClientKey) else jwt.PyJWK(key.key.as_dict(private=True)).key
    kid = key.kid if isinstance(key, ClientKey) else "k1"
    return jwt.encode(claims, private, algorithm="ES256", headers={"kid": kid, **head})
