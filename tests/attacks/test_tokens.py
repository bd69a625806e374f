"""Attacks on refresh tokens, introspection, revocation and userinfo: rows RT, IR and UI, by id."""

import asyncio

import pytest

from limen.protocol.registered_values import DEVICE_CODE
from tests.device import Device, add_device_client
from tests.world import SECRET

ROTATING = {"refresh_token_rotation": True, "refresh_token_grace": 10}
INACTIVE = {"active": False}


async def rotating(world, **settings):
    await world.client("web", settings={**ROTATING, **settings})
    return await world.code_flow(world.browser(), scope="openid offline_access")


async def test_rt_01_reuse_after_the_grace_ends_the_family(world):
    first = await rotating(world)
    second = (await world.refresh(first["refresh_token"])).json()
    world.clock.forward(11)

    assert (await world.refresh(first["refresh_token"])).error == "invalid_grant"
    assert (await world.refresh(second["refresh_token"])).error == "invalid_grant"
    for token in (first["access_token"], second["access_token"], second["refresh_token"]):
        assert await world.introspect(token) == INACTIVE


async def test_rt_01_within_the_grace_the_successor_is_the_same(world):
    first = await rotating(world)

    replies = [(await world.refresh(first["refresh_token"])).json() for _ in range(3)]

    assert len({reply["refresh_token"] for reply in replies}) == 1


async def test_rt_01_the_grace_reaches_one_generation_back_only(world):
    first = await rotating(world)
    second = (await world.refresh(first["refresh_token"])).json()
    third = (await world.refresh(second["refresh_token"])).json()

    assert (await world.refresh(first["refresh_token"])).error == "invalid_grant"
    assert (await world.refresh(third["refresh_token"])).error == "invalid_grant"


@pytest.mark.parametrize("grace", [0, 10])
async def test_rt_02_many_refreshes_at_once_make_one_family(world, grace):
    first = await rotating(world, refresh_token_grace=grace)

    replies = await asyncio.gather(*(world.refresh(first["refresh_token"]) for _ in range(100)))

    won = [reply.json() for reply in replies if reply.status == 200]
    assert len({reply["refresh_token"] for reply in won}) == 1
    assert all(reply.error == "invalid_grant" for reply in replies if reply.status != 200)


async def test_rt_06_a_refresh_token_belongs_to_its_client(world):
    await world.client("other")
    tokens = await rotating(world)

    stolen = await world.refresh(tokens["refresh_token"], auth=("other", SECRET))

    assert stolen.error == "invalid_grant"
    assert (await world.refresh(tokens["refresh_token"])).status == 200


async def test_rt_07_scope_narrows_and_never_widens(world):
    tokens = await world.code_flow(world.browser(), scope="openid email")
    refresh = tokens["refresh_token"]

    wider = await world.refresh(refresh, scope="openid email profile")
    narrower = await world.refresh(refresh, scope="openid")
    again = await world.refresh(refresh)

    assert wider.error == "invalid_scope"
    assert narrower.json()["scope"] == "openid"
    assert set(again.json()["scope"].split()) == {"openid", "email"}


async def test_rt_11_daily_refreshing_ends_at_the_absolute_limit(world):
    first = await rotating(world, refresh_token_lifetime=7 * 86_400, extend_renewed_refresh_token=False)
    token, days = first["refresh_token"], 0
    while (reply := await world.refresh(token)).status == 200:
        token, days = reply.json()["refresh_token"], days + 1
        world.clock.forward(86_400)

    assert days == 7
    assert reply.error == "invalid_grant"


async def test_lc_09_a_scope_taken_from_the_client_is_gone_from_its_next_token(world):
    tokens = await world.code_flow(world.browser(), scope="openid email")
    await world.client("web", scope="openid")

    reply = await world.refresh(tokens["refresh_token"])

    assert reply.json()["scope"] == "openid"
    assert (await world.introspect(reply.json()["access_token"]))["scope"] == "openid"
    assert (await world.refresh(tokens["refresh_token"], scope="openid email")).error == "invalid_scope"


async def test_ir_01_nobody_asks_anonymously(world):
    tokens = await world.code_flow(world.browser())
    await world.client("spa", token_endpoint_auth_method="none")
    form = {"token": tokens["access_token"]}

    for auth, more in ((None, {}), (("web", "wrong"), {}), (None, {"client_id": "web"})):
        reply = await world.http.post("/oauth2/introspect", form={**form, **more}, auth=auth)
        assert (reply.status, reply.error) == (401, "invalid_client")
    public = await world.http.post("/oauth2/introspect", form={**form, "client_id": "spa"})
    assert public.status in {400, 401}
    for held in (tokens["refresh_token"], tokens["id_token"], "unknown"):
        bearer = await world.http.post(
            "/oauth2/introspect", form=form, headers={"Authorization": f"Bearer {held}"}
        )
        assert (bearer.status, bearer.error) == (401, "invalid_token")


async def test_ir_02_what_is_not_alive_says_nothing_else(world):
    await world.tenant("other")
    await world.client("web", tenant="tenant-other")
    await world.person(tenant="tenant-other")
    foreign = await world.code_flow(world.browser(), tenant="/t/other")
    own = await world.code_flow(world.browser())
    world.clock.forward(3601)

    strange = [
        "x",
        "é",
        "lm_at_",
        "lm_at_AAAA",
        "eyJ.eyJ.x",
        "a.b.c.d.e",
        "lm_rf_x",
        "\u202e",
        " ",
        "x" * 20_000,
    ]
    for token in (own["access_token"], foreign["access_token"], foreign["refresh_token"], *strange):
        assert await world.introspect(token) == INACTIVE, token


async def test_ir_05_revocation_ends_a_token_or_its_family(world):
    tokens = await world.code_flow(world.browser())
    other = await world.code_flow(world.browser())

    async def revoke(token, **more):
        return await world.http.post("/oauth2/revoke", form={"token": token, **more}, auth=("web", SECRET))

    assert (await revoke(tokens["access_token"])).status == 200
    assert await world.introspect(tokens["access_token"]) == INACTIVE
    assert (await world.introspect(tokens["refresh_token"]))["active"]
    assert (await revoke(other["refresh_token"])).status == 200
    assert await world.introspect(other["access_token"]) == INACTIVE
    assert await world.introspect(other["refresh_token"]) == INACTIVE
    for unknown in ("x", "é", "lm_rt_AAAA", tokens["access_token"][:-1]):
        assert (await revoke(unknown)).status == 200


async def test_ir_05_nobody_revokes_what_is_another_s(world):
    await world.client("other")
    tokens = await world.code_flow(world.browser())

    for token in (tokens["access_token"], tokens["refresh_token"]):
        await world.http.post("/oauth2/revoke", form={"token": token}, auth=("other", SECRET))
        assert (await world.introspect(token))["active"]


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", "é"])
async def test_ir_08_a_wrong_hint_misleads_nobody(world, hint):
    tokens = await world.code_flow(world.browser())

    for token in (tokens["access_token"], tokens["refresh_token"]):
        form = {"token": token, "token_type_hint": hint}
        reply = await world.http.post("/oauth2/introspect", form=form, auth=("web", SECRET))
        assert reply.json()["active"]
        await world.http.post("/oauth2/revoke", form=form, auth=("web", SECRET))
        assert await world.introspect(token) == INACTIVE


@pytest.mark.parametrize("kind", ["opaque", "jwt", "reference"])
async def test_ir_11_a_changed_token_is_no_token(world, kind):
    await world.client("web", settings={"access_token_format": kind})
    token = (await world.code_flow(world.browser()))["access_token"]
    last = "A" if token[-1] != "A" else "Q"

    changed = {
        token[:-1], token + "A", token + "=", token + ".", f" {token}", f"{token} ", token.swapcase(),
        token.replace("_", "%5F", 1), token[:10] + token[11:], token[:-1] + last, token + "\n", token * 2,
    }  # fmt: skip
    for other in changed - {token}:
        assert await world.introspect(other) == INACTIVE, other
        presented = other.strip() if other.strip() != token else f"{token}x"
        assert (await world.userinfo(presented)).status == 401, presented
    assert (await world.introspect(token))["active"]


async def test_ui_01_a_token_travels_in_the_header_or_the_body(world):
    token = (await world.code_flow(world.browser()))["access_token"]

    nothing = await world.http.get("/oauth2/userinfo")
    in_url = await world.http.get("/oauth2/userinfo", params={"access_token": token})
    basic = await world.http.get("/oauth2/userinfo", headers={"Authorization": "Basic eDp4"})

    assert nothing.status == basic.status == 401
    assert nothing.all("www-authenticate")
    assert in_url.status in {400, 401}
    assert "sub" not in in_url.json()
    assert token not in repr(world.events.heard)


async def test_ui_02_without_openid_there_is_nothing_to_tell(world):
    person = await world.code_flow(world.browser(), scope="email")
    app = (await world.token(auth=("web", SECRET), grant_type="client_credentials")).json()

    for tokens in (person, app):
        reply = await world.userinfo(tokens["access_token"])
        assert (reply.status, reply.error) == (403, "insufficient_scope")


async def test_ui_04_a_token_sent_twice_is_refused(world):
    token = (await world.code_flow(world.browser()))["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}

    both = await world.http.post("/oauth2/userinfo", form={"access_token": token}, headers=bearer)
    twice = await world.http.post("/oauth2/userinfo", form=[("access_token", token)] * 2)

    assert (both.status, both.error) == (400, "invalid_request")
    assert (twice.status, twice.error) == (400, "invalid_request")


async def test_tokens_of_one_kind_never_pass_for_another(world):
    """RT-15 and JW-09 in a matrix: what is sealed for one purpose opens for no other."""
    await add_device_client(world)
    device = await Device.start(world)
    browser = world.browser()
    code = await world.code_for(browser)
    tokens = await world.code_flow(browser)
    handles = {
        "code": code,
        "access_token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
        "id_token": tokens["id_token"],
        "device_code": device.codes["device_code"],
        "user_code": device.codes["user_code"],
        "client_secret": SECRET,
        "cookie": next(iter(browser.cookies.values())),
    }
    for name, value in handles.items():
        if name != "access_token":
            assert (await world.userinfo(value)).status == 401, name
        if name != "refresh_token":
            assert (await world.refresh(value)).error == "invalid_grant", name
        if name not in {"access_token", "refresh_token"}:
            assert await world.introspect(value) == INACTIVE, name
        if name != "code":
            assert (await world.redeem(value)).error == "invalid_grant", name
        if name != "device_code":
            reply = await world.token(grant_type=DEVICE_CODE, device_code=value, client_id="tv")
            assert reply.error == "invalid_grant", name
        for prefix in ("lm_at_", "lm_rt_", "lm_ac_", "lm_rf_"):
            bare = value.split("_", 2)[-1]
            if not value.startswith(prefix):
                assert await world.introspect(prefix + bare) == INACTIVE, (name, prefix)
                assert (await world.redeem(prefix + bare)).error == "invalid_grant", (name, prefix)
