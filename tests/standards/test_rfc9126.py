"""Pushed authorization requests (RFC 9126), by section."""

import pytest
import pytest_asyncio

from limen.model.artifacts import PushedRequest
from limen.tokens.digest import digest
from tests.proofs import ClientKey, at_token, proof
from tests.request_objects import URN, asked, is_page, left_for_client, push, pushed, signed, visit
from tests.world import CALLBACK, SECRET, make_world

OTHER = "https://other.test/cb"
KEY = ClientKey()


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.client("web")
    await world.person()
    yield world
    await world.close()


async def finish(world, browser, request_uri, client_id="web"):
    return await world.journey(browser, await visit(browser, client_id, request_uri=request_uri))


async def test_2_1_the_client_authenticates_as_at_the_token_endpoint(world):
    assert (await push(world, auth=("web", "wrong"), **asked())).status == 401
    assert (await push(world, auth=None, **asked())).error == "invalid_client"
    assert (await push(world, auth=None, client_secret=SECRET, **asked())).error == "invalid_client"


async def test_2_1_a_public_client_names_itself(world):
    await world.client("spa", token_endpoint_auth_method="none")

    assert (await push(world, auth=None, **asked("spa"))).status == 201


async def test_2_1_request_uri_must_not_be_pushed(world):
    reply = await push(world, **asked(), request_uri=URN + "x")

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_2_1_credentials_must_not_travel_in_the_url(world):
    reply = await world.http.post("/oauth2/par?client_secret=x", form=asked(), auth=("web", SECRET))

    assert (reply.status, reply.error) == (400, "invalid_request")


async def test_2_2_the_answer_names_a_request_uri_and_its_life(world):
    reply = await push(world, **asked())

    assert reply.status == 201
    assert reply.header("cache-control") == "no-store"
    assert reply.header("content-type").startswith("application/json")
    assert reply.json()["request_uri"].startswith(URN)
    assert len(reply.json()["request_uri"]) >= len(URN) + 43
    assert reply.json()["expires_in"] == 60


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": OTHER}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "magic"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"scope": "nothing-known"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"resource": "not a uri"}, "invalid_target"),
        ({"authorization_details": "{}"}, "invalid_authorization_details"),
        ({"state": ["a", "b"]}, "invalid_request"),
        ({"client_id": "someone-else"}, "invalid_request"),
    ],
)
async def test_2_3_a_bad_request_is_refused_before_a_browser_is_involved(world, changes, error):
    reply = await push(world, **asked(**changes))

    assert (reply.status, reply.error) == (400, error), reply.text


async def test_2_3_other_methods_are_not_allowed(world):
    reply = await world.http.get("/oauth2/par", params=asked())

    assert reply.status == 405
    assert reply.header("allow") == "POST"


async def test_3_a_request_object_may_be_pushed_and_speaks_alone(world):
    await world.client("signer", jwks=KEY.jwks)
    request = signed(world, KEY, "signer", state="inside")

    uri = await pushed(world, auth=("signer", SECRET), request=request, state="outside", scope="openid email")
    reply = await finish(world, world.browser(), uri, "signer")

    assert reply.params["state"] == "inside"
    tokens = (await world.redeem(reply.params["code"], auth=("signer", SECRET))).json()
    assert tokens["scope"] == "openid"


async def test_4_the_browser_brings_only_client_id_and_request_uri(world):
    uri = await pushed(world, **asked())

    reply = await finish(world, world.browser(), uri)

    assert left_for_client(reply)
    assert reply.params["state"] == "a-state"
    assert (await world.redeem(reply.params["code"])).status == 200


async def test_4_what_stands_beside_request_uri_counts_for_nothing(world):
    uri = await pushed(world, **asked())
    browser = world.browser()

    begun = await visit(browser, request_uri=uri, state="evil", redirect_uri=OTHER, scope="openid email")
    reply = await world.journey(browser, begun)

    assert left_for_client(reply)
    assert reply.params["state"] == "a-state"


async def test_4_visiting_twice_before_completion_is_fine(world):
    uri = await pushed(world, **asked())
    browser = world.browser()

    await visit(browser, request_uri=uri)
    reply = await finish(world, browser, uri)

    assert "code" in reply.params


async def test_4_a_completed_request_cannot_be_visited_again(world):
    uri = await pushed(world, **asked())
    browser = world.browser()
    await finish(world, browser, uri)

    assert is_page(await visit(browser, request_uri=uri))


async def test_4_of_two_journeys_of_one_request_only_one_completes(world):
    uri = await pushed(world, **asked())
    first, second = world.browser(), world.browser()
    waiting = await visit(second, request_uri=uri)
    await finish(world, first, uri)

    reply = await world.journey(second, waiting)

    assert reply.params["error"] == "invalid_request_uri"
    assert "code" not in reply.params


async def test_4_a_denied_request_cannot_be_visited_again(world):
    uri = await pushed(world, **asked())
    browser = world.browser()
    reply = await world.journey(browser, await visit(browser, request_uri=uri), allow=False)
    assert reply.params["error"] == "access_denied"

    assert is_page(await visit(browser, request_uri=uri))


async def test_4_a_slow_person_may_finish_what_was_visited_in_time(world):
    uri = await pushed(world, **asked())
    browser = world.browser()
    begun = await visit(browser, request_uri=uri)
    world.clock.forward(600)

    assert "code" in (await world.journey(browser, begun)).params


async def test_4_an_expired_request_uri_is_refused_on_a_page(world):
    uri = await pushed(world, **asked())
    world.clock.forward(60)

    assert is_page(await visit(world.browser(), request_uri=uri))


async def test_4_the_life_of_a_request_uri_is_a_setting(world):
    await world.client("slow", settings={"par_lifetime": 300})

    assert (await push(world, auth=("slow", SECRET), **asked("slow"))).json()["expires_in"] == 300


@pytest.mark.parametrize("uri", [URN, URN + "unknown", "urn:other:thing", "https://app.test/r"])
async def test_4_an_unknown_request_uri_never_redirects_to_what_the_query_says(world, uri):
    reply = await visit(world.browser(), request_uri=uri, redirect_uri=OTHER)

    assert is_page(reply)


async def test_5_the_tenant_may_require_pushed_requests(world):
    await world.tenant("strict", require_pushed_authorization_requests=True)
    await world.client("web", tenant="tenant-strict")
    found = (await world.http.get("/t/strict/.well-known/openid-configuration")).json()
    assert found["require_pushed_authorization_requests"] is True
    assert found["pushed_authorization_request_endpoint"] == "https://id.test/t/strict/oauth2/par"

    plain = await world.authorize(world.browser(), tenant="/t/strict")
    reply = await push(world, tenant="/t/strict", **asked())

    assert plain.params["error"] == "invalid_request"
    assert "pushed" in plain.params["error_description"]
    begun = await visit(world.browser(), tenant="/t/strict", request_uri=reply.json()["request_uri"])
    assert begun.location.endswith("/sign_in")


async def test_6_a_client_may_require_pushed_requests(world):
    await world.client("careful", require_pushed_authorization_requests=True)

    plain = await world.authorize(world.browser(), "careful")

    assert left_for_client(plain)
    assert plain.params["error"] == "invalid_request"
    uri = await pushed(world, auth=("careful", SECRET), **asked("careful"))
    assert (await visit(world.browser(), "careful", request_uri=uri)).location.endswith("/sign_in")


async def test_7_2_another_client_cannot_use_the_request_uri(world):
    await world.client("other")
    uri = await pushed(world, **asked())

    assert is_page(await visit(world.browser(), "other", request_uri=uri))
    assert (await visit(world.browser(), request_uri=uri)).location.endswith("/sign_in")


async def test_rfc9449_10_1_a_proof_at_the_push_binds_the_code_to_its_key(world):
    mine, theirs = ClientKey(), ClientKey()
    headers = {"DPoP": proof(world, mine, "https://id.test/oauth2/par")}
    uri = await pushed(world, headers=headers, **asked())
    code = (await finish(world, world.browser(), uri)).params["code"]

    stolen = await world.redeem(code, headers=at_token(world, theirs))
    unproven = await world.redeem(code)
    reply = await world.redeem(code, headers=at_token(world, mine))

    assert stolen.error == unproven.error == "invalid_grant"
    assert reply.json()["token_type"] == "DPoP"


async def test_rfc9449_10_1_dpop_jkt_must_name_the_key_of_the_proof(world):
    headers = {"DPoP": proof(world, KEY, "https://id.test/oauth2/par")}
    other = ClientKey().thumbprint

    refused = await push(world, headers=headers, **asked(dpop_jkt=other))

    assert (refused.status, refused.error) == (400, "invalid_request")


async def test_rfc9449_10_a_broken_or_replayed_proof_is_refused_at_the_push(world):
    wrong = await push(world, headers={"DPoP": proof(world, KEY)}, **asked())
    once = {"DPoP": proof(world, KEY, "https://id.test/oauth2/par")}
    await pushed(world, headers=once, **asked())

    assert wrong.error == "invalid_dpop_proof"
    assert (await push(world, headers=once, **asked())).error == "invalid_dpop_proof"


async def test_the_credentials_of_the_push_are_not_kept(world):
    await world.client("poster", token_endpoint_auth_method="client_secret_post")
    uri = await pushed(world, auth=None, **asked("poster"), client_secret=SECRET)

    kept = await world.storage.get(PushedRequest, "tenant-root", digest(uri.removeprefix(URN)))

    assert kept.params["redirect_uri"] == (CALLBACK,)
    assert "client_secret" not in kept.params


async def test_2_3_what_anybody_can_push_is_counted_and_what_a_proven_client_pushes_is_not(world):
    await world.client("spa", token_endpoint_auth_method="none")
    replies = [(await push(world, auth=None, **asked("spa"))).status for _ in range(301)]

    assert replies == [201] * 300 + [429]
    assert (await push(world, **asked())).status == 201
