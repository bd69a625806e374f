"""Who may ask about a token: an allowed client, or the holder of one (row 62 of the behaviour list)."""

import pytest
import pytest_asyncio

from limen.model.scope import STANDARD_SCOPES, ScopeDefinition
from tests.proofs import ClientKey, at_token, proof
from tests.world import SECRET, make_world

WEB = ("web", SECRET)
KEY = ClientKey("ES256")


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    yield made
    await made.close()


async def ask_holding(world, held, about, *, scheme="Bearer", **form):
    headers = {"Authorization": f"{scheme} {held}"}
    return await world.http.post("/oauth2/introspect", form={"token": about, **form}, headers=headers)


async def own_token(world, client_id="web", **form):
    reply = await world.token(grant_type="client_credentials", auth=(client_id, SECRET), **form)
    return reply.json()["access_token"]


@pytest.mark.parametrize("kind", ["opaque", "jwt", "reference"])
async def test_row_62_the_holder_of_a_token_learns_of_it_and_nothing_of_the_person(world, kind):
    await world.client(settings={"access_token_format": kind, "allow_introspection": False})
    await world.person()
    token = (await world.code_flow(scope="openid email"))["access_token"]

    told = (await ask_holding(world, token, token)).json()

    assert set(told.pop("scope").split()) == {"openid", "email"}
    assert told.pop("jti")
    now = world.clock.now()
    assert told == {
        "active": True, "client_id": "web", "token_type": "Bearer", "exp": now + 3600, "iat": now, "nbf": now,
        "aud": "https://id.test", "iss": "https://id.test", "aut": "APPLICATION_USER",
    }  # fmt: skip


async def test_row_62_a_client_s_own_token_says_whose_it_is(world):
    await world.client(settings={"allow_introspection": False})
    token = await own_token(world)

    assert (await ask_holding(world, token, token)).json()["sub"] == "web"


async def test_row_62_a_token_is_no_leave_to_ask_about_another(world):
    await world.client()
    held, other = await own_token(world), await own_token(world)

    reply = await ask_holding(world, held, other)

    assert (reply.status, reply.error) == (401, "invalid_token")
    assert 'Bearer realm="limen", error="invalid_token"' in reply.header("www-authenticate")


INTROSPECT = ScopeDefinition(scope="limen:introspect")


@pytest.mark.parametrize(("allowed", "status"), [(True, 200), (False, 401)])
async def test_row_62_with_the_scope_it_speaks_for_a_client_that_may_introspect(world, allowed, status):
    await world.tenant(scopes=(*STANDARD_SCOPES, INTROSPECT))
    await world.client()
    await world.client("api", settings={"allow_introspection": allowed})
    await world.person()
    about = (await world.code_flow())["access_token"]

    reply = await ask_holding(world, await own_token(world, "api", scope="limen:introspect"), about)

    assert reply.status == status
    assert ("its application may not introspect" in reply.text) is not allowed
    assert reply.json().get("username") == ("alice" if allowed else None)


async def test_row_62_no_scope_lets_a_public_client_introspect(world):
    await world.tenant(scopes=(*STANDARD_SCOPES, INTROSPECT))
    await world.client()
    await world.client("spa", token_endpoint_auth_method="none")
    await world.person()
    tokens = await world.code_flow(client_id="spa", auth=None, scope="openid limen:introspect")

    reply = await ask_holding(world, tokens["access_token"], await own_token(world))

    assert "limen:introspect" in tokens["scope"]
    assert (reply.status, reply.error) == (401, "invalid_token")


async def test_row_62_a_dead_token_and_a_token_beside_a_secret_let_nobody_ask(world):
    acme = await world.tenant("acme")
    await world.client()
    await world.client("theirs", tenant=acme.tenant_id)
    dead, alive = await own_token(world), await own_token(world)
    foreign = await world.token(grant_type="client_credentials", auth=("theirs", SECRET), tenant="/t/acme")
    await world.http.post("/oauth2/revoke", form={"token": dead}, auth=WEB)

    for held in (dead, foreign.json()["access_token"], "unknown", ""):
        reply = await ask_holding(world, held, held)
        assert (reply.status, reply.error) == (401, "invalid_token")
    both = await ask_holding(world, alive, alive, client_secret=SECRET)
    assert (both.status, both.error) == (400, "invalid_request")


async def test_row_62_a_bound_token_lets_its_holder_ask_with_the_proof_alone(world):
    await world.client()
    token = await own_token(world, headers=at_token(world, KEY))

    for scheme in ("Bearer", "DPoP"):
        assert (await ask_holding(world, token, token, scheme=scheme)).status == 401
    shown = {
        "Authorization": f"DPoP {token}",
        "DPoP": proof(world, KEY, "https://id.test/oauth2/introspect", token=token),
    }
    told = await world.http.post("/oauth2/introspect", form={"token": token}, headers=shown)
    again = await world.http.post("/oauth2/introspect", form={"token": token}, headers=shown)

    assert told.json()["token_type"] == "DPoP"
    assert (again.status, again.error) == (401, "invalid_dpop_proof")
