"""Hybrid flow, userinfo, introspection and revocation (rows 52 to 63 of the behaviour list)."""

import pytest

from limen.errors import InvalidClientMetadata
from limen.model.tenant import Tenant
from limen.protocol.client_metadata import read_administered
from tests.world import CALLBACK, SECRET

WEB = ("web", SECRET)
HYBRID = ("code id_token", "code token", "code id_token token")
GRANTS = frozenset({"authorization_code", "implicit", "refresh_token"})


@pytest.mark.parametrize("response_type", HYBRID)
async def test_row_52_a_hybrid_answer_has_its_parts_and_refresh_tokens_come_from_the_code_alone(
    world, response_type
):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(grant_types=GRANTS, response_types=(response_type,))
    await world.person()
    browser = world.browser()

    asked = await world.authorize(browser, response_type=response_type, nonce="n")
    front = (await world.journey(browser, asked)).params
    back = (await world.redeem(front["code"])).json()

    assert ("id_token" in front) is ("id_token" in response_type)
    assert ("access_token" in front) is (" token" in response_type)
    assert "refresh_token" not in front
    assert {"access_token", "refresh_token", "id_token"} <= back.keys()


@pytest.mark.parametrize("response_type", HYBRID)
def test_row_52_a_public_client_may_not_register_a_hybrid_flow(response_type):
    tenant = Tenant(tenant_id="t", name="", issuer="https://id.test", legacy=frozenset({"implicit"}))
    document = {
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "implicit"],
        "response_types": [response_type],
    }

    assert read_administered(document, tenant=tenant)
    with pytest.raises(InvalidClientMetadata):
        read_administered({**document, "token_endpoint_auth_method": "none"}, tenant=tenant)


@pytest.mark.parametrize("response_type", HYBRID)
async def test_row_52_nor_ask_for_one(world, response_type):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(grant_types=GRANTS, response_types=(response_type,), token_endpoint_auth_method="none")

    reply = await world.authorize(world.browser(), response_type=response_type, nonce="n")

    assert reply.error == "unauthorized_client"


@pytest.mark.parametrize("response_type", [*HYBRID, "token", "id_token", "id_token token"])
async def test_row_52_a_tenant_that_closes_its_front_channel_closes_every_response_type_of_it(
    world, response_type
):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(grant_types=GRANTS, response_types=(response_type,))
    await world.tenant()

    reply = await world.authorize(world.browser(), response_type=response_type, nonce="n")

    assert reply.error == "unsupported_response_type"


async def test_row_58_userinfo_by_get_and_post_and_by_nothing_else(world):
    await world.client()
    await world.person()
    token = (await world.code_flow(scope="openid email"))["access_token"]

    by_get = await world.userinfo(token)
    by_form = await world.http.post("/oauth2/userinfo", form={"access_token": token})
    by_url = await world.http.get("/oauth2/userinfo", params={"access_token": token})
    twice = await world.http.post(
        "/oauth2/userinfo", form={"access_token": token}, headers={"Authorization": f"Bearer {token}"}
    )
    none = await world.http.get("/oauth2/userinfo")

    assert by_get.json() == by_form.json()
    assert by_get.json() == {"sub": "sub-alice", "email": "alice@id.test", "email_verified": True}
    assert [(r.status, r.error) for r in (by_url, twice)] == [(400, "invalid_request")] * 2
    assert none.status == 401
    assert all("error" not in challenge for challenge in none.all("www-authenticate"))


async def test_row_58_a_dead_token_is_invalid_and_one_without_openid_insufficient(world):
    await world.client(settings={"access_token_lifetime": 60})
    await world.person()
    token = (await world.code_flow())["access_token"]
    plain = (await world.code_flow(scope="email"))["access_token"]
    app = (await world.token(grant_type="client_credentials", auth=WEB)).json()["access_token"]

    for without in (plain, app):
        reply = await world.userinfo(without)
        assert (reply.status, reply.error) == (403, "insufficient_scope")
    world.clock.forward(60)
    reply = await world.userinfo(token)

    assert (reply.status, reply.error) == (401, "invalid_token")
    assert 'error="invalid_token"' in reply.header("www-authenticate")


@pytest.mark.parametrize("kind", ["opaque", "jwt", "reference"])
async def test_row_62_every_type_of_token_is_told_alike(world, kind):
    await world.client(settings={"access_token_format": kind})
    await world.person()
    tokens = await world.code_flow(scope="openid email")

    told = await world.introspect(tokens["access_token"])
    now = world.clock.now()

    assert set(told.pop("scope").split()) == {"openid", "email"}
    assert told.pop("jti")
    assert told.pop("sid")
    assert told == {
        "active": True, "client_id": "web", "username": "alice", "token_type": "Bearer", "exp": now + 3600,
        "iat": now, "nbf": now, "sub": "sub-alice", "aud": "https://id.test", "iss": "https://id.test",
        "aut": "APPLICATION_USER", "auth_time": now, "acr": told["acr"],
    }  # fmt: skip
    refresh = await world.introspect(tokens["refresh_token"])
    assert (refresh["active"], refresh["token_type"], refresh["exp"]) == (True, "Refresh", now + 43_200)


async def test_row_62_another_tenant_learns_nothing(world):
    acme = await world.tenant("acme")
    await world.client()
    await world.client("theirs", tenant=acme.tenant_id)
    await world.person()
    tokens = await world.code_flow()

    for token in (tokens["access_token"], tokens["refresh_token"], "unknown", tokens["id_token"]):
        told = await world.introspect(token, auth=("theirs", SECRET), tenant="/t/acme")
        assert told == {"active": False}


async def test_row_62_a_missing_token_is_refused(world):
    await world.client()

    missing = await world.http.post("/oauth2/introspect", form={}, auth=WEB)

    assert (missing.status, missing.error) == (400, "invalid_request")


async def revoke(world, token, auth=WEB, **form):
    return await world.http.post("/oauth2/revoke", form={"token": token, **form}, auth=auth)


@pytest.mark.parametrize("kind", ["opaque", "jwt", "reference"])
async def test_row_63_an_access_token_goes_alone_and_a_refresh_token_takes_all(world, kind):
    await world.client(settings={"access_token_format": kind})
    await world.person()
    tokens = await world.code_flow()

    reply = await revoke(world, tokens["access_token"], token_type_hint="refresh_token")
    assert (reply.status, reply.body, reply.header("content-type")) == (200, b"", None)
    assert not (await world.introspect(tokens["access_token"]))["active"]
    renewed = (await world.refresh(tokens["refresh_token"])).json()
    await revoke(world, tokens["refresh_token"])

    assert not (await world.introspect(renewed["access_token"]))["active"]
    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"


async def test_row_63_unknown_is_as_good_as_revoked_and_foreign_is_refused(world):
    await world.client()
    await world.client("other")
    await world.client("spa", token_endpoint_auth_method="none")
    await world.person()
    tokens = await world.code_flow()
    public = await world.code_flow(client_id="spa", auth=None)

    unknown = await revoke(world, "unknown")
    foreign = [await revoke(world, tokens[n], ("other", SECRET)) for n in ("access_token", "refresh_token")]
    by_name = await revoke(world, public["access_token"], None, client_id="spa")
    missing = await world.http.post("/oauth2/revoke", form={}, auth=WEB)

    assert unknown.status == by_name.status == 200
    assert {(r.status, r.error) for r in foreign} == {(400, "unauthorized_client")}
    assert (await world.introspect(tokens["access_token"]))["active"]
    assert not (await world.introspect(public["access_token"]))["active"]
    assert (missing.status, missing.error) == (400, "invalid_request")
