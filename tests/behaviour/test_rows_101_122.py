"""Flows beside the code, and what ends tokens (rows 101 to 122 of the behaviour list)."""

import pytest

from limen.admin import clients, consents, people, sessions
from limen.admin.operation import OPERATOR
from limen.credentials.password import ACR
from limen.model.secret import Secret
from limen.model.settings import Settings
from limen.protocol.registered_values import CIBA
from tests.device import Device, add_device_client
from tests.world import SECRET

WEB = ("web", SECRET)
GOOD = Secret("violet umbrella 42 trains")


async def test_row_101_a_device_hears_how_things_stand(world):
    await add_device_client(world)
    await world.person()
    waiting, denied, late = [await Device.start(world) for _ in range(3)]

    heard = [(await waiting.poll()).error, (await waiting.poll()).error]
    await denied.answer(world.browser(), allow=False)
    await waiting.answer(world.browser())
    world.clock.forward(20)
    paid = await waiting.poll()
    heard += [(await denied.poll()).error, (await waiting.poll()).error]
    world.clock.forward(600)
    heard.append((await late.poll()).error)

    assert paid.status == 200
    assert heard == [
        "authorization_pending", "slow_down", "access_denied", "invalid_grant", "expired_token",
    ]  # fmt: skip


async def test_row_103_a_response_type_that_is_not_registered_is_refused(world):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client(
        grant_types=frozenset({"authorization_code", "implicit"}), response_types=("code", "code token")
    )

    reply = await world.authorize(world.browser(), response_type="code id_token", nonce="n")

    assert reply.error == "unauthorized_client"


async def test_row_104_an_unknown_response_mode_is_refused_in_the_default_one(world):
    await world.client()

    reply = await world.authorize(world.browser(), response_mode="carrier_pigeon")

    assert (reply.error, "?" in reply.location) == ("invalid_request", True)


@pytest.mark.parametrize("response_type", ["subject_token", "id_token subject_token"])
async def test_row_110_there_is_no_impersonation_at_the_authorization_endpoint(world, response_type):
    await world.tenant(legacy=frozenset({"implicit"}))
    await world.client()

    reply = await world.authorize(world.browser(), response_type=response_type, nonce="n")

    assert reply.error == "unsupported_response_type"


async def test_row_119_prompt_none_tells_what_is_missing(world):
    await world.client()
    await world.client("portal", settings={"consent": "trusted"})
    await world.person()
    browser = world.browser()
    out = await world.authorize(browser, prompt="none")
    await world.code_flow(browser, "portal", auth=("portal", SECRET))

    stranger = await world.authorize(browser, prompt="none")
    both = await world.authorize(browser, prompt="none login")

    assert [r.error for r in (out, stranger, both)] == [
        "login_required", "consent_required", "invalid_request",
    ]  # fmt: skip


async def test_row_119_default_acr_values_hold_where_nothing_is_asked_for(world):
    await world.person()
    await world.client("plain", settings={"consent": "trusted"})
    await world.client("strict", settings={"consent": "trusted"}, default_acr_values=(ACR,))
    browser = world.browser()
    await world.code_flow(browser, "plain", auth=("plain", SECRET))
    (session,) = await world.storage.sessions("tenant-root", "sub-alice")
    await world.change(session, acr="urn:weak")

    assert "code" in (await world.authorize(browser, "plain")).params
    assert (await world.authorize(browser, "strict")).location.endswith("/sign_in")


async def test_row_114_a_session_that_is_not_used_or_too_old_ends(world):
    await world.tenant(session_lifetime=1000, session_idle_lifetime=600)
    await world.client(settings={"consent": "trusted"})
    await world.person()
    idle, busy = world.browser(), world.browser()
    for browser in (idle, busy):
        await world.code_flow(browser)

    world.clock.forward(500)
    assert "code" in (await world.authorize(busy, prompt="none")).params
    world.clock.forward(101)
    assert (await world.authorize(idle, prompt="none")).error == "login_required"
    assert "code" in (await world.authorize(busy, prompt="none")).params
    world.clock.forward(400)
    assert (await world.authorize(busy, prompt="none")).error == "login_required"


async def test_ciba_intervals_and_lifetimes_are_settings(world):
    await world.client(
        grant_types=frozenset({CIBA}),
        backchannel_token_delivery_mode="poll",
        settings={"ciba_lifetime": 77, "ciba_interval": 3},
    )
    await world.person()

    reply = await world.http.post(
        "/oauth2/bc-authorize", form={"scope": "openid", "login_hint": "alice"}, auth=WEB
    )

    assert (reply.json()["expires_in"], reply.json()["interval"]) == (77, 3)


async def test_a_setting_of_the_tenant_holds_until_the_client_says_otherwise(world):
    await world.tenant(settings=Settings(app_access_token_lifetime=70))
    await world.client()
    await world.client("own", settings={"app_access_token_lifetime": 80})

    lives = [
        (await world.token(grant_type="client_credentials", auth=(name, SECRET))).json()["expires_in"]
        for name in ("web", "own")
    ]

    assert lives == [70, 80]


async def _password(world):
    command = people.SetPassword(tenant="", person="alice", password=GOOD)
    await people.set_password(command, OPERATOR, world.ports)


async def _disable(world):
    await people.disable(people.NamePerson(tenant="", person="alice"), OPERATOR, world.ports)


async def _delete(world):
    await people.delete(people.NamePerson(tenant="", person="alice"), OPERATOR, world.ports)


async def _disable_client(world):
    command = clients.UpdateClient(tenant="", client_id="web", patch={"limen_enabled": False})
    await clients.update(command, OPERATOR, world.ports)


async def _delete_client(world):
    await clients.delete(clients.DeleteClient(tenant="", client_id="web"), OPERATOR, world.ports)


async def _withdraw(world):
    command = consents.WithdrawConsent(tenant="", person="alice", client_id="web")
    await consents.withdraw(command, OPERATOR, world.ports)


@pytest.mark.parametrize("event", [_password, _disable, _delete, _disable_client, _delete_client, _withdraw])
@pytest.mark.parametrize("kind", ["opaque", "jwt", "reference"])
async def test_row_122_each_event_ends_what_was_issued(world, event, kind):
    await world.client(settings={"access_token_format": kind})
    await world.client("rs")
    await world.person()
    tokens = await world.code_flow()

    await event(world)

    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert not (await world.introspect(token, auth=("rs", SECRET)))["active"]
    assert (await world.userinfo(tokens["access_token"])).status == 401
    assert (await world.refresh(tokens["refresh_token"])).status in {400, 401}


async def test_row_122_an_ended_session_ends_its_refresh_tokens(world):
    await world.client()
    await world.person()
    tokens = await world.code_flow()

    await sessions.end(sessions.EndSessions(tenant="", person="alice"), OPERATOR, world.ports)

    assert (await world.refresh(tokens["refresh_token"])).error == "invalid_grant"
    assert not (await world.introspect(tokens["refresh_token"]))["active"]
