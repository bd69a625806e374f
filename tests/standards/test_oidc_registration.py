"""OpenID Connect Dynamic Client Registration 1.0."""

import pytest

from limen.errors import InvalidClientMetadata
from tests.applicant import Applicant, apply, open_registration
from tests.world import CALLBACK

SECTOR = "https://app.test/sector.json"
ADDRESSES = (
    "client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri", "jwks_uri",
    "sector_identifier_uri", "backchannel_client_notification_endpoint",
)  # fmt: skip
BAD = [
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://app.test/x", "gopher://app.test/",
    "http://app.test/x", "unix:/run/x", "https://user:pass@app.test/jwks", "https://169.254.169.254/x",
    "https://100.100.100.200/", "https://168.63.129.16/", "https://[fd00:ec2::254]/", "http://127.0.0.1:8000/",
    "http://localhost:8000/", "http://[::1]:8000/", "https://localhost/x", "https://app.test/x#fragment",
]  # fmt: skip


async def test_2_every_member_comes_back_as_registered(world):
    await open_registration(world)
    metadata = {
        "application_type": "web",
        "redirect_uris": [CALLBACK, "https://app.test/cb2"],
        "contacts": ["ops@app.test"],
        "client_name": "Applicant",
        "client_name#de": "Bewerber",
        "logo_uri": "https://app.test/logo.png",
        "client_uri": "https://app.test/",
        "policy_uri": "https://app.test/policy",
        "tos_uri": "https://app.test/tos",
        "jwks_uri": "https://app.test/jwks",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "userinfo_signed_response_alg": "RS256",
        "default_max_age": 3600,
        "require_auth_time": True,
        "default_acr_values": ["1"],
        "initiate_login_uri": "https://app.test/login",
        "request_uris": ["https://app.test/request#1234"],
        "post_logout_redirect_uris": ["https://app.test/out"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_post",
    }

    told = (await apply(world, **metadata)).json()

    assert {name: told[name] for name in metadata} == metadata


@pytest.mark.parametrize("member", ADDRESSES)
async def test_2_treacherous_addresses_are_refused_dr_02_ss_01_ss_02_ss_06_ss_12(world, member):
    await open_registration(world, hourly_limit=1000)

    for url in BAD:
        reply = await apply(world, **{member: url})
        assert (reply.status, reply.error) == (400, "invalid_client_metadata"), url
    assert world.ports.fetcher.fetched == []


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "data:text/html,x", "http://app.test/cb", "https://user:pass@app.test/cb",
     "https://app.test/cb#fragment", "https://app.test/../cb", "com.example.app:/cb", "/cb", ""],
)  # fmt: skip
async def test_2_treacherous_redirect_uris_are_refused_dr_02(world, uri):
    await open_registration(world)

    reply = await apply(world, redirect_uris=[uri])

    assert (reply.status, reply.error) == (400, "invalid_redirect_uri")


async def test_2_logo_policy_and_tos_are_never_fetched_ss_09(world):
    await open_registration(world)
    await world.person()
    pages = {f"{name}_uri": f"https://app.test/{name}" for name in ("logo", "policy", "tos")}
    app = await Applicant.register(world, **pages)

    await world.code_flow(client_id=app.client_id, auth=app.auth)

    assert world.ports.fetcher.fetched == []


async def test_2_initiate_login_uri_must_be_https(world):
    await open_registration(world)

    reply = await apply(world, initiate_login_uri="http://app.test/login")

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_2_a_signature_the_tenant_has_no_key_for_is_refused(world):
    await open_registration(world)

    reply = await apply(world, id_token_signed_response_alg="RS512")

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_5_a_sector_document_must_name_every_redirect_uri(world):
    await open_registration(world)
    asked = {"sector_identifier_uri": SECTOR, "subject_type": "pairwise"}

    for document in (None, {}, [], ["https://other.test/cb"], [CALLBACK, 7], "x"):
        world.ports.fetcher.documents = {} if document is None else {SECTOR: document}
        reply = await apply(world, **asked)
        assert (reply.status, reply.error) == (400, "invalid_client_metadata"), document
    world.ports.fetcher.documents = {SECTOR: [CALLBACK, "https://app.test/cb2"]}
    assert (await apply(world, **asked)).status == 201


async def test_5_several_hosts_need_a_sector_document_when_pairwise(world):
    await open_registration(world)
    uris = [CALLBACK, "https://second.test/cb"]

    reply = await apply(world, redirect_uris=uris, subject_type="pairwise")

    assert (reply.status, reply.error) == (400, InvalidClientMetadata.error)


async def test_3_discovery_names_the_endpoint(world):
    await open_registration(world)

    told = (await world.http.get("/.well-known/openid-configuration")).json()

    assert told["registration_endpoint"] == "https://id.test/oauth2/register"


async def test_3_scripts_of_any_origin_may_register_without_credentials(world):
    await open_registration(world)
    origin = {"Origin": "https://inspector.test"}
    asking = {**origin, "Access-Control-Request-Method": "POST"}

    preflight = await world.http.request("OPTIONS", "/oauth2/register", headers=asking)
    reply = await world.http.post("/oauth2/register", json={"redirect_uris": [CALLBACK]}, headers=origin)

    for answer in (preflight, reply):
        assert answer.header("access-control-allow-origin") == "*"
        assert answer.header("access-control-allow-credentials") is None
    assert (preflight.status, reply.status) == (204, 201)
