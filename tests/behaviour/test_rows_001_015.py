"""Registration, credentials and grants (rows 1 to 15 of the behaviour list)."""

import re

import pytest

from limen.admin import client_secrets, clients
from limen.admin.operation import OPERATOR
from limen.admin.refusal import Conflict, Invalid
from limen.model.tenant import Resource
from tests.behaviour.claims import unverified, verified
from tests.world import CALLBACK, SECRET

UNRESERVED = re.compile(r"[A-Za-z0-9._~-]+")
IMPLICIT = {
    "grant_types": frozenset({"implicit"}),
    "response_types": ("token", "id_token", "id_token token"),
}


async def create(world, **metadata):
    """An application as an operator makes it."""
    tenant, template = metadata.pop("tenant", ""), metadata.pop("template", None)
    command = clients.CreateClient(
        tenant=tenant, template=template, client_id=metadata.pop("client_id", None), metadata=metadata
    )
    return await clients.create(command, OPERATOR, world.ports)


async def service(world):
    """An application that acts for itself, with the pair it authenticates by."""
    issued = await create(world, template="service", client_name="Service")
    return issued.client.client_id, issued.client_secret.reveal()


async def authenticates(world, client_id, secret):
    return (await world.token(grant_type="client_credentials", auth=(client_id, secret))).status == 200


async def test_row_1_identifiers_are_distinct_unreserved_and_unique_within_a_tenant(world):
    await world.tenant("acme")
    first, second = await service(world), await service(world)

    assert first[0] != second[0]
    assert UNRESERVED.fullmatch(first[0])
    await create(world, client_id="shop", template="service")
    with pytest.raises(Conflict):
        await create(world, client_id="shop", template="service")
    assert (
        await create(world, client_id="shop", template="service", tenant="acme")
    ).client.client_id == "shop"


async def test_row_2_a_confidential_application_gets_one_secret_and_a_public_one_none(world):
    client_id, secret = await service(world)
    public = await create(world, template="spa", redirect_uris=[CALLBACK])

    assert await authenticates(world, client_id, secret)
    assert UNRESERVED.fullmatch(secret)
    assert public.client_secret is None


async def test_row_2_a_new_secret_ends_the_old_one(world):
    client_id, old = await service(world)

    command = client_secrets.RotateSecret(tenant="", client_id=client_id)
    new = (await client_secrets.rotate(command, OPERATOR, world.ports)).client_secret.reveal()

    assert not await authenticates(world, client_id, old)
    assert await authenticates(world, client_id, new)


async def test_row_2_two_secrets_live_side_by_side_until_one_expires(world):
    client_id, first = await service(world)
    until = world.clock.now() + 600
    command = client_secrets.AddSecret(tenant="", client_id=client_id, expires_at=until)
    second = (await client_secrets.add(command, OPERATOR, world.ports)).client_secret.reveal()

    assert await authenticates(world, client_id, first)
    assert await authenticates(world, client_id, second)
    world.clock.forward(599)
    assert await authenticates(world, client_id, second)
    world.clock.forward(1)

    assert not await authenticates(world, client_id, second)
    assert await authenticates(world, client_id, first)


async def test_row_2_an_overlap_lets_the_old_secret_live_a_little_longer(world):
    client_id, old = await service(world)
    command = client_secrets.RotateSecret(tenant="", client_id=client_id, overlap=60)
    await client_secrets.rotate(command, OPERATOR, world.ports)

    assert await authenticates(world, client_id, old)
    world.clock.forward(60)
    assert not await authenticates(world, client_id, old)


@pytest.mark.parametrize("seconds", [-1, 10**12])
async def test_row_2_an_overlap_or_an_end_that_makes_no_sense_is_refused_and_changes_nothing(world, seconds):
    client_id, secret = await service(world)
    rotate = client_secrets.RotateSecret(tenant="", client_id=client_id, overlap=seconds)
    add = client_secrets.AddSecret(tenant="", client_id=client_id, expires_at=seconds)

    with pytest.raises(Invalid):
        await client_secrets.rotate(rotate, OPERATOR, world.ports)
    with pytest.raises(Invalid):
        await client_secrets.add(add, OPERATOR, world.ports)

    assert await authenticates(world, client_id, secret)


async def last_used(world, client_id):
    command = client_secrets.ListSecrets(tenant="", client_id=client_id)
    return [s.last_used_at for s in await client_secrets.list_secrets(command, OPERATOR, world.ports)]


async def test_row_2_the_last_use_of_each_secret_is_known_to_the_minute(world):
    client_id, first = await service(world)
    command = client_secrets.AddSecret(tenant="", client_id=client_id)
    await client_secrets.add(command, OPERATOR, world.ports)
    begun = world.clock.now()
    assert await last_used(world, client_id) == [0, 0]

    await authenticates(world, client_id, first)
    await authenticates(world, client_id, "wrong")
    world.clock.forward(59)
    await authenticates(world, client_id, first)
    assert await last_used(world, client_id) == [begun, 0]
    world.clock.forward(1)
    await authenticates(world, client_id, first)

    assert await last_used(world, client_id) == [begun + 60, 0]


async def test_row_3_a_disabled_application_gets_a_page_and_no_token(world):
    client = await world.client()
    await world.change(client, enabled=False)

    page = await world.authorize(world.browser())
    refused = await world.token(grant_type="client_credentials", auth=("web", SECRET))

    assert (page.status, page.header("location")) == (400, None)
    assert (refused.status, refused.error) == (401, "invalid_client")
    assert (await world.http.get("/.well-known/openid-configuration")).status == 200


async def test_row_5_a_client_for_itself_gets_neither_openid_nor_a_refresh_token(world):
    await world.tenant(resources=(Resource(resource="https://api.test", scopes=("api",)),))
    await world.client(settings={"access_token_format": "jwt"})

    reply = await world.token(grant_type="client_credentials", scope="openid api", auth=("web", SECRET))

    told = reply.json()
    claims = await verified(world, told["access_token"])
    assert {"refresh_token", "id_token"}.isdisjoint(told)
    assert told["scope"] == "api"
    assert (claims["sub"], claims["aut"], claims["client_id"]) == ("web", "APPLICATION", "web")


async def test_row_5_a_client_is_told_that_nothing_of_what_it_asked_for_was_granted(world):
    await world.tenant(
        resources=(
            Resource(resource="https://api.test", scopes=("api",)),
            Resource(resource="https://b.test"),
        )
    )
    await world.client()
    asked = {"grant_type": "client_credentials", "auth": ("web", SECRET)}

    personal = await world.token(scope="openid", **asked)
    elsewhere = await world.token(scope="api", resource="https://b.test", **asked)
    nothing = await world.token(**asked)

    assert personal.json()["scope"] == elsewhere.json()["scope"] == ""
    assert "scope" not in nothing.json()


async def test_row_6_a_refresh_narrows_the_scope_and_never_widens_it(world):
    await world.client()
    await world.person()
    tokens = await world.code_flow(scope="openid email profile")

    narrow = await world.refresh(tokens["refresh_token"], scope="openid email")
    wider = await world.refresh(tokens["refresh_token"], scope="openid phone")
    again = await world.refresh(tokens["refresh_token"])

    assert set(narrow.json()["scope"].split()) == {"openid", "email"}
    assert wider.error == "invalid_scope"
    assert set(again.json()["scope"].split()) == {"openid", "email", "profile"}
    first, renewed = unverified(tokens["id_token"]), unverified(again.json()["id_token"])
    assert [renewed[name] for name in ("sub", "iss", "auth_time")] == [
        first[name] for name in ("sub", "iss", "auth_time")
    ]


async def test_row_6_an_expired_foreign_or_revoked_refresh_token_is_an_invalid_grant(world):
    await world.client(settings={"refresh_token_lifetime": 100})
    await world.client("other")
    await world.person()
    mine, ended = await world.code_flow(), await world.code_flow()
    form = {"token": ended["refresh_token"]}
    await world.http.post("/oauth2/revoke", form=form, auth=("web", SECRET))

    replies = [
        await world.refresh(mine["refresh_token"], auth=("other", SECRET)),
        await world.refresh(ended["refresh_token"]),
        await world.refresh("unknown"),
    ]
    world.clock.forward(100)
    replies.append(await world.refresh(mine["refresh_token"]))

    assert {(reply.status, reply.error) for reply in replies} == {(400, "invalid_grant")}


@pytest.mark.parametrize(
    ("response_type", "members"),
    [
        ("token", {"access_token", "token_type", "expires_in", "scope"}),
        ("id_token", {"id_token"}),
        ("id_token token", {"access_token", "token_type", "expires_in", "scope", "id_token"}),
    ],
)
async def test_row_7_the_implicit_flow_answers_in_the_fragment_without_a_refresh_token(
    world, response_type, members
):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(**IMPLICIT)
    await world.person()
    browser = world.browser()

    asked = await world.authorize(browser, response_type=response_type, nonce="n")
    reply = await world.journey(browser, asked)

    assert "#" in reply.location
    assert set(reply.params) - {"state", "iss", "session_state"} == members


async def test_row_7_a_missing_nonce_or_a_query_is_an_error(world):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(**IMPLICIT)

    no_nonce = await world.authorize(world.browser(), response_type="id_token")
    query = await world.authorize(world.browser(), response_type="token", nonce="n", response_mode="query")

    assert no_nonce.error == query.error == "invalid_request"
    assert "#" in no_nonce.location


async def test_row_14_the_token_endpoint_checks_in_its_order(world):
    await world.client(grant_types=frozenset({"authorization_code"}))
    web = ("web", SECRET)

    repeated = await world.http.post(
        "/oauth2/token", form=[("grant_type", "client_credentials"), ("grant_type", "password")], auth=web
    )
    twice = await world.token(
        grant_type="client_credentials", client_id="web", client_secret=SECRET, auth=web
    )
    missing = await world.token(auth=web, scope="openid")
    unknown = await world.token(grant_type="urn:example:none", auth=web)
    off = await world.token(grant_type="client_credentials", auth=web)
    stranger = await world.token(grant_type="client_credentials", auth=("nobody", SECRET))

    assert [r.error for r in (repeated, twice, missing)] == ["invalid_request"] * 3
    assert (unknown.error, off.error) == ("unsupported_grant_type", "unauthorized_client")
    assert (stranger.status, stranger.error) == (401, "invalid_client")
    assert stranger.header("www-authenticate").startswith("Basic ")


async def test_row_15_a_single_page_application_is_public_and_needs_pkce(world):
    client = (await create(world, template="spa", redirect_uris=[CALLBACK])).client

    reply = await world.authorize(
        world.browser(), client.client_id, code_challenge=None, code_challenge_method=None
    )

    assert client.is_public
    assert client.grant_types == {"authorization_code", "refresh_token"}
    assert (reply.error, reply.location.split("?")[0]) == ("invalid_request", CALLBACK)
