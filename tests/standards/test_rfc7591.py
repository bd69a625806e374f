"""OAuth 2.0 Dynamic Client Registration Protocol (RFC 7591)."""

import asyncio

import pytest

from limen.admin import initial_access as acts
from limen.admin.operation import OPERATOR
from limen.admin.unused_clients import purge_unused
from limen.model.settings import Settings
from limen.protocol.registered_values import CIBA, JWT_BEARER, TOKEN_EXCHANGE
from tests.applicant import ACCESS, Applicant, apply, initial_access, open_registration
from tests.issuer import Issuer
from tests.world import CALLBACK, PASSWORD


async def test_2_what_is_left_out_takes_the_defaults(world):
    await open_registration(world)

    told = (await apply(world)).json()

    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["grant_types"] == ["authorization_code"]
    assert told["response_types"] == ["code"]


async def test_2_scope_beyond_the_policy_is_dropped_dr_03(world):
    await open_registration(world, scopes=("openid", "email"))

    told = (await apply(world, scope="openid email admin phone")).json()

    assert told["scope"] == "email openid"


async def test_2_jwks_and_jwks_uri_exclude_one_another_dr_09(world):
    await open_registration(world)
    jwks = Issuer(world.clock).jwks

    reply = await apply(world, jwks=jwks, jwks_uri="https://app.test/jwks")

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    "metadata",
    [
        {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"], "redirect_uris": None},
        {"grant_types": ["implicit"], "response_types": ["id_token"]},
        {"grant_types": ["refresh_token"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
    ],
)
async def test_2_inconsistent_metadata_are_refused_dr_09(world, metadata):
    await open_registration(world)

    reply = await apply(world, **metadata)

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_2_weak_and_private_keys_are_refused_jw_22(world):
    await open_registration(world)
    private = {"keys": [Issuer(world.clock).key.as_dict(private=True)]}

    reply = await apply(world, token_endpoint_auth_method="private_key_jwt", jwks=private)

    assert (reply.status, reply.error) == (400, "invalid_client_metadata")


async def test_2_3_a_statement_goes_before_what_the_client_says(world):
    issuer = Issuer(world.clock)
    await open_registration(world, mode="statement", statement_issuers=(issuer.trusted(),))
    statement = issuer.sign(
        aud=None, sub=None, exp=None, software_id="4NRB1", client_name="Stated", redirect_uris=[CALLBACK]
    )

    told = (await apply(world, client_name="Claimed", software_statement=statement)).json()

    assert (told["client_name"], told["software_id"]) == ("Stated", "4NRB1")
    assert told["software_statement"] == statement


async def test_2_3_statements_nobody_asked_for_are_ignored(world):
    await open_registration(world)

    reply = await apply(world, software_statement=Issuer(world.clock).sign())

    assert reply.status == 201
    assert "software_statement" not in reply.json()


async def test_3_the_endpoint_is_closed_by_default_dr_01(world):
    reply = await apply(world)

    assert reply.status == 404
    discovery = (await world.http.get("/.well-known/openid-configuration")).json()
    assert "registration_endpoint" not in discovery


async def test_3_without_an_initial_access_token_there_is_a_challenge_dr_01(world):
    await open_registration(world, mode="token", initial_access=(initial_access(),))

    reply = await apply(world)

    assert reply.status == 401
    assert reply.all("www-authenticate")[0].startswith("Bearer")


async def test_3_an_initial_access_token_opens_the_endpoint(world):
    await open_registration(world, mode="token", initial_access=(initial_access(),))

    assert (await apply(world, token=ACCESS)).status == 201
    assert (await apply(world, token="lm_iat_other")).status == 401


async def test_3_an_expired_initial_access_token_is_refused(world):
    access = initial_access(expires_at=world.clock.now() + 10)
    await open_registration(world, mode="token", initial_access=(access,))
    world.clock.forward(10)

    assert (await apply(world, token=ACCESS)).status == 401


async def test_3_an_initial_access_token_works_as_often_as_it_was_issued_for(world):
    await open_registration(world, mode="token", initial_access=(initial_access(remaining=2),))

    replies = await asyncio.gather(*(apply(world, token=ACCESS) for _ in range(6)))

    assert sorted(reply.status for reply in replies) == [201, 201, 401, 401, 401, 401]


async def test_3_a_refused_registration_spends_nothing(world):
    await open_registration(world, mode="token", initial_access=(initial_access(remaining=1),))

    assert (await apply(world, token=ACCESS, redirect_uris=["http://evil.test/cb"])).status == 400
    assert (await apply(world, token=ACCESS)).status == 201


async def test_3_operators_issue_and_revoke_initial_access_tokens(world):
    await open_registration(world, mode="token")
    issued = await acts.issue(acts.IssueAccess(tenant="", uses=5), OPERATOR, world.ports)
    assert (await apply(world, token=issued.token.reveal())).status == 201
    (listed,) = await acts.list_access(acts.ListAccess(tenant=""), OPERATOR, world.ports)
    assert listed.remaining == 4

    await acts.revoke(acts.RevokeAccess(tenant="", token_id=listed.token_id), OPERATOR, world.ports)

    assert (await apply(world, token=issued.token.reveal())).status == 401


async def test_3_registrations_are_limited_for_each_source_dr_11(world):
    await open_registration(world, hourly_limit=3)
    replies = [await apply(world) for _ in range(4)]

    assert [reply.status for reply in replies] == [201, 201, 201, 429]
    assert 0 < int(replies[-1].header("retry-after")) <= 3600
    world.clock.forward(3600)
    assert (await apply(world)).status == 201


async def test_3_registrations_are_limited_for_each_initial_access_token_dr_11(world):
    await open_registration(world, mode="token", hourly_limit=1, initial_access=(initial_access(),))

    assert (await apply(world, token=ACCESS)).status == 201
    assert (await apply(world, token=ACCESS)).status == 429


async def test_3_1_the_body_is_strict_json(world):
    await open_registration(world)

    for body in (b"", b"[]", b'{"client_name":"a","client_name":"b"}', b"{"):
        reply = await apply(world, body=body)
        assert (reply.status, reply.error) == (400, "invalid_client_metadata")
    assert (await world.http.post("/oauth2/register", form={"client_name": "x"})).status == 415


async def test_3_2_1_the_answer_has_everything_a_client_needs(world):
    await open_registration(world)

    reply = await apply(world, logo_uri="https://app.test/logo.png", contacts=["ops@app.test"])

    told = reply.json()
    assert (reply.status, reply.header("cache-control")) == (201, "no-store")
    assert told["client_secret_expires_at"] == 0
    assert told["client_id_issued_at"] == world.clock.now()
    assert told["registration_client_uri"] == f"https://id.test/oauth2/register/{told['client_id']}"
    assert told["registration_access_token"].startswith("lm_rat_")
    assert told["redirect_uris"] == [CALLBACK]
    assert (told["logo_uri"], told["contacts"]) == ("https://app.test/logo.png", ["ops@app.test"])
    assert world.ports.fetcher.fetched == []


async def test_3_2_1_a_public_client_gets_no_secret(world):
    await open_registration(world)

    told = (await apply(world, token_endpoint_auth_method="none")).json()

    assert "client_secret" not in told
    assert "client_secret_expires_at" not in told


async def test_3_2_1_a_registered_client_works(world):
    await open_registration(world)
    await world.person()
    app = await Applicant.register(world, scope="openid email")

    tokens = await world.code_flow(client_id=app.client_id, auth=app.auth)

    assert (await world.userinfo(tokens["access_token"])).json()["sub"] == "sub-alice"


async def test_3_2_1_what_is_stored_opens_nothing(world):
    await open_registration(world)
    app = await Applicant.register(world)

    stored = repr(await world.storage.client("tenant-root", app.client_id))

    assert app.told["client_secret"] not in stored
    assert app.told["registration_access_token"] not in stored


async def test_3_2_2_a_statement_of_a_stranger_is_unapproved(world):
    await open_registration(world, mode="statement", statement_issuers=(Issuer(world.clock).trusted(),))

    reply = await apply(world, software_statement=Issuer(world.clock, iss="https://evil.test").sign())

    assert (reply.status, reply.error) == (400, "unapproved_software_statement")


async def test_3_2_2_a_forged_expired_foreign_or_missing_statement_is_invalid(world):
    issuer, forger = Issuer(world.clock), Issuer(world.clock)
    await open_registration(world, mode="statement", statement_issuers=(issuer.trusted(),))
    now = world.clock.now()

    for statement in (
        forger.sign(),
        issuer.sign(exp=now - 60),
        issuer.sign(nbf=now + 60),
        issuer.sign(aud="https://elsewhere.test"),
        "no.jwt.at-all",
        7,
        None,
    ):
        reply = await apply(world, software_statement=statement)
        assert (reply.status, reply.error) == (400, "invalid_software_statement"), statement


async def test_3_2_2_the_keys_of_a_statement_issuer_may_be_published(world):
    issuer = Issuer(world.clock)
    trusted = issuer.trusted(jwks=None, jwks_uri="https://other.test/jwks")
    await open_registration(world, mode="statement", statement_issuers=(trusted,))
    statement = issuer.sign(client_name="Stated")
    assert (await apply(world, software_statement=statement)).error == "invalid_software_statement"

    world.ports.fetcher.documents["https://other.test/jwks"] = issuer.jwks

    assert (await apply(world, software_statement=statement)).status == 201


async def test_5_nobody_who_registered_alone_is_trusted(world):
    await open_registration(world, settings=Settings(consent="trusted"))
    await world.person()
    app = await Applicant.register(world, limen_consent="trusted", limen_first_party=True)

    browser = world.browser()
    page = await browser.follow(await world.authorize(browser, app.client_id))
    signed_in = await browser.submit(page.url, world.fill(page.text, page.url, "alice", PASSWORD, True))

    assert signed_in.location.endswith("/consent")


@pytest.mark.parametrize("grant", ["client_credentials", TOKEN_EXCHANGE, CIBA, JWT_BEARER])
async def test_5_powers_of_its_own_are_not_for_the_asking(world, grant):
    asked = {"grant_types": ["authorization_code", grant], "backchannel_token_delivery_mode": "poll"}
    await open_registration(world)
    refused = await apply(world, **asked)
    await open_registration(world, mode="token", initial_access=(initial_access(),))
    vouched = await apply(world, token=ACCESS, **asked)

    assert (refused.status, refused.error) == (400, "invalid_client_metadata")
    assert vouched.status == 201


async def test_5_who_never_came_for_a_token_is_purged_dr_11(world):
    await open_registration(world, unused_days=2)
    await world.person()
    await world.client("administered")
    used, unused = await Applicant.register(world), await Applicant.register(world)
    await world.code_flow(client_id=used.client_id, auth=used.auth)

    world.clock.forward(86_400)
    assert await purge_unused(world.ports) == 0
    world.clock.forward(86_400)

    assert await purge_unused(world.ports) == 1
    assert (await unused.read()).status == 401
    assert (await used.read()).status == 200
    assert await world.storage.client("tenant-root", "administered") is not None
