"""Attacks on request objects and pushed requests: rows RO and PA of the catalogue, by id."""

import pytest
import pytest_asyncio

from tests.proofs import ClientKey
from tests.request_objects import URN, asked, is_page, left_for_client, push, pushed, signed, unsigned, visit
from tests.world import SECRET, make_world

KEY = ClientKey()


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.client("web", jwks=KEY.jwks)
    await world.client("strict", jwks=KEY.jwks, require_signed_request_object=True)
    await world.person()
    yield world
    await world.close()


async def test_ro_01_an_unsigned_object_does_not_do_where_signing_is_required(world):
    await world.tenant(legacy=frozenset({"alg_none"}))

    reply = await visit(world.browser(), "strict", request=unsigned(world, "strict"))

    assert left_for_client(reply)
    assert reply.params["error"] == "invalid_request_object"


async def test_ro_02_query_and_object_must_agree(world):
    other = await visit(world.browser(), request=signed(world, KEY, client_id="other"))
    type_ = await visit(world.browser(), request=signed(world, KEY), response_type="none")

    assert other.params["error"] == type_.params["error"] == "invalid_request_object"


@pytest.mark.parametrize("changes", [{"iss": "strict"}, {"aud": "https://other.test"}, {"aud": []}])
async def test_ro_04_the_object_is_by_this_client_for_this_issuer(world, changes):
    reply = await visit(world.browser(), request=signed(world, KEY, **changes))

    assert reply.params["error"] == "invalid_request_object"


@pytest.mark.parametrize("uri", ["https://app.test/r", URN + "x"])
async def test_ro_06_request_and_request_uri_exclude_each_other(world, uri):
    reply = await visit(world.browser(), request=signed(world, KEY), request_uri=uri)

    assert reply.params["error"] == "invalid_request"
    assert world.ports.fetcher.fetched == []


@pytest.mark.parametrize("name", ["request", "request_uri"])
async def test_ro_what_is_sent_without_a_value_is_not_sent(world, name):
    """RFC 6749 §3.1."""
    page = await visit(world.browser(), **{**asked(), name: ""})
    pushed_with = await push(world, **{**asked(), name: ""})

    assert (page.status, pushed_with.status) == (200, 201)


async def test_ro_09_objects_have_a_limit(world):
    huge = signed(world, KEY, state="x" * 70_000)

    by_get = await visit(world.browser(), request=huge)
    by_post = await world.browser().post("/oauth2/authorize", form={"client_id": "web", "request": huge})
    at_push = await push(world, request=huge)

    assert (by_get.status, by_post.status, at_push.status) == (414, 413, 413)


async def test_ro_09_what_is_fetched_has_a_limit_too(world):
    client = await world.storage.client("tenant-root", "web")
    await world.change(client, request_uris=("https://app.test/r",))
    world.ports.fetcher.documents["https://app.test/r"] = signed(world, KEY, state="x" * 70_000)

    reply = await visit(world.browser(), request_uri="https://app.test/r")

    assert reply.params["error"] == "invalid_request_object"


async def test_ro_12_a_plain_query_does_not_do_where_signing_is_required(world):
    plain = await visit(world.browser(), **asked("strict"))
    at_push = await push(world, auth=("strict", SECRET), **asked("strict"))

    assert left_for_client(plain)
    assert plain.params["error"] == "invalid_request"
    assert (at_push.status, at_push.error) == (400, "invalid_request")


async def test_pa_01_a_confidential_client_proves_itself(world):
    for auth, form in ((None, {}), (("web", "wrong"), {}), (None, {"client_secret": "wrong"})):
        reply = await push(world, auth=auth, **asked(), **form)
        assert (reply.status, reply.error) == (401, "invalid_client")


async def test_pa_02_a_request_uri_belongs_to_its_client(world):
    uri = await pushed(world, **asked())

    assert is_page(await visit(world.browser(), "strict", request_uri=uri))


async def test_pa_02_a_request_uri_belongs_to_its_tenant(world):
    await world.tenant("other")
    await world.client("web", tenant="tenant-other")
    uri = await pushed(world, **asked())

    assert is_page(await visit(world.browser(), tenant="/t/other", request_uri=uri))


async def test_pa_03_a_request_uri_expires_and_works_once(world):
    browser = world.browser()
    used, old = await pushed(world, **asked()), await pushed(world, **asked())
    await world.journey(browser, await visit(browser, request_uri=used))

    assert is_page(await visit(browser, request_uri=used))
    world.clock.forward(61)
    assert is_page(await visit(browser, request_uri=old))


async def test_pa_05_a_push_does_not_refer_elsewhere(world):
    for params in (asked(request_uri=URN + "x"), {"request": signed(world, KEY, request_uri=URN + "x")}):
        reply = await push(world, **params)
        assert (reply.status, reply.error) in {(400, "invalid_request"), (400, "invalid_request_object")}


async def test_pa_08_a_plain_request_does_not_do_where_pushing_is_required(world):
    client = await world.storage.client("tenant-root", "web")
    await world.change(client, require_pushed_authorization_requests=True)

    reply = await world.authorize(world.browser())
    by_object = await visit(world.browser(), request=signed(world, KEY))

    for refused in (reply, by_object):
        assert left_for_client(refused)
        assert refused.params["error"] == "invalid_request"
