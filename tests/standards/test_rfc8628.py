"""RFC 8628: OAuth 2.0 Device Authorization Grant, one test for each MUST a server can break."""

import re

import pytest
import pytest_asyncio

from limen.protocol.registered_values import DEVICE_CODE
from tests.device import Device, add_device_client
from tests.world import SECRET, make_world


@pytest_asyncio.fixture
async def home():
    world = await make_world()
    await add_device_client(world)
    await world.person()
    yield world
    await world.close()


async def test_section_3_1_a_public_client_names_itself(home):
    reply = await home.http.post("/oauth2/device_authorize", form={"scope": "openid"})

    assert (reply.status, reply.error) == (401, "invalid_client")


async def test_section_3_1_a_repeated_parameter_is_refused(home):
    form = [("client_id", "tv"), ("scope", "openid"), ("scope", "email")]

    assert (await home.http.post("/oauth2/device_authorize", form=form)).error == "invalid_request"


async def test_section_3_1_an_unknown_parameter_is_ignored(home):
    form = {"client_id": "tv", "colour": "blue"}

    assert (await home.http.post("/oauth2/device_authorize", form=form)).status == 200


async def test_section_3_1_get_is_not_allowed(home):
    assert (await home.http.get("/oauth2/device_authorize", params={"client_id": "tv"})).status == 405


async def test_section_3_2_the_answer_has_every_member_and_is_not_stored(home):
    reply = await home.http.post("/oauth2/device_authorize", form={"client_id": "tv"})

    codes = reply.json()
    assert codes.keys() == {
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval",
    }  # fmt: skip
    assert (codes["verification_uri"], codes["expires_in"], codes["interval"]) == (
        "https://id.test/device",
        600,
        5,
    )
    assert codes["verification_uri_complete"] == f"https://id.test/device?user_code={codes['user_code']}"
    assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", codes["user_code"])
    assert reply.header("cache-control") == "no-store"


async def test_section_3_2_codes_differ_each_time(home):
    codes = [(await Device.start(home)).codes for _ in range(20)]

    assert len({c["device_code"] for c in codes}) == len({c["user_code"] for c in codes}) == 20


async def test_section_3_2_lifetime_and_interval_follow_the_settings(home):
    await add_device_client(home, settings={"device_code_lifetime": 60, "device_code_interval": 2})

    codes = (await Device.start(home)).codes

    assert (codes["expires_in"], codes["interval"]) == (60, 2)


async def test_section_3_3_the_page_is_no_answer_to_a_program(home):
    page = await home.browser().get("/device")

    assert page.status == 200
    assert page.header("content-type").startswith("text/html")


@pytest.mark.parametrize("code", ["", " ", "x"])
async def test_section_3_4_an_unknown_device_code_is_an_invalid_grant(home, code):
    reply = await home.token(grant_type=DEVICE_CODE, device_code=code, client_id="tv")

    assert (reply.status, reply.error) == (
        400,
        "invalid_grant" if code.strip() or code else "invalid_request",
    )


async def test_section_3_4_device_code_is_required(home):
    assert (await home.token(grant_type=DEVICE_CODE, client_id="tv")).error == "invalid_request"


async def test_section_3_5_every_poll_error_is_a_400(home):
    device = await Device.start(home)

    replies = [await device.poll(), await device.poll()]

    assert [(r.status, r.error) for r in replies] == [(400, "authorization_pending"), (400, "slow_down")]


async def test_section_4_discovery_names_the_endpoint_and_the_grant(home):
    document = (await home.http.get("/.well-known/openid-configuration")).json()

    assert document["device_authorization_endpoint"] == "https://id.test/oauth2/device_authorize"
    assert DEVICE_CODE in document["grant_types_supported"]


async def test_section_5_2_a_device_code_cannot_be_guessed(home):
    assert len((await Device.start(home)).codes["device_code"]) >= 43


async def test_what_anybody_can_ask_for_is_counted_and_what_a_proven_client_asks_for_is_not(home):
    await add_device_client(home, "kiosk", token_endpoint_auth_method="client_secret_basic")
    replies = [await ask(home, client_id="tv") for _ in range(301)]

    proven = await ask(home, auth=("kiosk", SECRET))
    home.clock.forward(600)
    later = await ask(home, client_id="tv")

    assert [reply.status for reply in replies] == [200] * 300 + [429]
    assert int(replies[-1].header("retry-after")) in range(1, 601)
    assert (proven.status, later.status) == (200, 200)


async def test_what_is_refused_counts_for_nobody(home):
    for _ in range(301):
        assert (await ask(home, client_id="tv", scope="nothing-we-know")).status == 400

    assert (await ask(home, client_id="tv")).status == 200


async def ask(world, *, auth=None, **form):
    return await world.http.post("/oauth2/device_authorize", form={"scope": "openid", **form}, auth=auth)
