"""Attacks across tenants: rows TN of the catalogue, by id."""

import inspect
import re

import pytest_asyncio

from limen.http.cookies import wire_name
from limen.ports.storage import Artifacts, Directory
from limen.protocol.registered_values import DEVICE_CODE, TOKEN_EXCHANGE
from limen.protocol.token_exchange import ACCESS_TOKEN, ID_TOKEN
from limen.storage.sql import artifacts, changes, directory
from limen.storage.sql.statement import Statement
from tests.device import Device, add_device_client
from tests.request_objects import asked, is_page, pushed, visit
from tests.world import PASSWORD, SECRET, form_of, make_world

INACTIVE = {"active": False}
GRANTS = frozenset({"authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE})
FORMATS = ("opaque", "jwt", "reference")


@pytest_asyncio.fixture(loop_scope="session")
async def two():
    """Two tenants with the same clients and people in each: the root and /t/other."""
    world = await make_world()
    for name in ("", "other"):
        tenant = await world.tenant(name)
        await world.client("web", tenant=tenant.tenant_id, grant_types=GRANTS)
        for kind in FORMATS:
            settings = {"access_token_format": kind}
            await world.client(kind, tenant=tenant.tenant_id, grant_types=GRANTS, settings=settings)
        await add_device_client(world, tenant=tenant.tenant_id)
        await world.person(tenant=tenant.tenant_id)
    yield world
    await world.close()


async def test_tn_01_an_access_token_is_nothing_next_door(two):
    for kind in FORMATS:
        tokens = await two.code_flow(two.browser(), kind, auth=(kind, SECRET))
        token = tokens["access_token"]
        assert (await two.userinfo(token, tenant="/t/other")).status == 401
        assert await two.introspect(token, tenant="/t/other", auth=(kind, SECRET)) == INACTIVE
        for subject, token_type in ((token, ACCESS_TOKEN), (tokens["id_token"], ID_TOKEN)):
            form = {"subject_token": subject, "subject_token_type": token_type, "grant_type": TOKEN_EXCHANGE}
            reply = await two.token(tenant="/t/other", auth=(kind, SECRET), **form)
            assert reply.status == 400
        assert (await two.userinfo(token)).status == 200


async def test_tn_02_codes_and_refresh_tokens_are_nothing_next_door(two):
    code = await two.code_for(two.browser())
    tokens = await two.code_flow(two.browser())
    device = await Device.start(two)

    assert (await two.redeem(code, tenant="/t/other")).error == "invalid_grant"
    assert (await two.refresh(tokens["refresh_token"], tenant="/t/other")).error == "invalid_grant"
    form = {"grant_type": DEVICE_CODE, "device_code": device.codes["device_code"], "client_id": "tv"}
    assert (await two.token(tenant="/t/other", **form)).error == "invalid_grant"
    uri = await pushed(two, **asked())
    assert is_page(await visit(two.browser(), tenant="/t/other", request_uri=uri))
    assert (await two.redeem(code)).status == 200


async def test_tn_02_a_user_code_is_nothing_next_door(two):
    device = await Device.start(two)
    browser = two.browser()
    page = await browser.get("/t/other/device")

    reply = await browser.submit(
        "/t/other/device", [*form_of(page.text).hidden, ("user_code", device.codes["user_code"])]
    )

    assert reply.status == 200
    assert reply.header("location") is None


async def test_tn_03_a_session_is_nothing_next_door_under_any_name(two):
    browser = two.browser()
    await two.code_for(browser)
    handle = browser.cookies[wire_name("session", "tenant-root", secure=True)]
    browser.cookies[wire_name("session", "tenant-other", secure=True)] = handle

    reply = await two.authorize(browser, tenant="/t/other", prompt="none")

    assert reply.params["error"] == "login_required"


async def test_tn_03_a_journey_is_nothing_next_door(two):
    browser = two.browser()
    page = await browser.follow(await two.authorize(browser))
    path = page.url.removeprefix("https://id.test")

    assert (await browser.get(f"/t/other{path}")).status == 400
    form = [*form_of(page.text).hidden, ("username", "alice"), ("password", PASSWORD)]
    assert (await browser.submit(f"/t/other{path}", form)).status == 400


async def test_tn_03_a_known_browser_is_a_stranger_next_door(two):
    browser = two.browser()
    await two.code_for(browser)
    mark = browser.cookies[wire_name("device", "tenant-root", secure=True)]
    browser.cookies[wire_name("device", "tenant-other", secure=True)] = mark
    statuses = []
    for _ in range(7):
        page = await browser.follow(await two.authorize(browser, tenant="/t/other", prompt="login"))
        form = [*form_of(page.text).hidden, ("username", "alice"), ("password", "wrong wrong wrong")]
        statuses.append((await browser.submit(page.url, form)).status)

    assert statuses == [200] * 5 + [429] * 2


async def test_tn_04_one_name_and_one_secret_in_two_tenants_are_two_clients(two):
    here = (await two.token(auth=("web", SECRET), grant_type="client_credentials")).json()
    there = (await two.token(tenant="/t/other", auth=("web", SECRET), grant_type="client_credentials")).json()

    assert (await two.introspect(here["access_token"]))["iss"] == "https://id.test"
    assert (await two.introspect(there["access_token"], tenant="/t/other"))[
        "iss"
    ] == "https://id.test/t/other"
    assert await two.introspect(here["access_token"], tenant="/t/other") == INACTIVE
    assert await two.introspect(there["access_token"]) == INACTIVE
    client = await two.storage.client("tenant-other", "web")
    await two.change(client, enabled=False)
    assert (await two.token(auth=("web", SECRET), grant_type="client_credentials")).status == 200
    assert (
        await two.token(tenant="/t/other", auth=("web", SECRET), grant_type="client_credentials")
    ).status == 401


def test_tn_14_nothing_is_read_without_a_tenant():
    free = {"tenant", "tenants"}  # what finds tenants themselves
    for port in (Directory, Artifacts):
        for name, method in inspect.getmembers(port, inspect.isfunction):
            if not name.startswith("_") and name not in free:
                assert "tenant_id" in inspect.signature(method).parameters, name


def test_tn_14_every_statement_names_its_tenant():
    owned = re.compile(r"\b(clients|people|keys|consents|events|sessions|grants|artifacts|throttles)\b")
    for room in (directory, artifacts, changes):
        statements = [value for value in vars(room).values() if isinstance(value, Statement)]
        assert statements
        for statement in statements:
            text = next(v for v in (getattr(statement, n) for n in statement.__slots__) if isinstance(v, str))
            if owned.search(text) and not text.startswith("INSERT"):
                assert "tenant_id = " in text, text


async def test_tn_19_one_person_in_two_tenants_is_two_subjects(two):
    subs = set()
    for tenant in ("", "other"):
        where = f"/t/{tenant}" if tenant else ""
        await two.client("pair", tenant=f"tenant-{tenant or 'root'}", subject_type="pairwise")
        tokens = await two.code_flow(two.browser(), "pair", auth=("pair", SECRET), tenant=where)
        subs.add((await two.userinfo(tokens["access_token"], tenant=where)).json()["sub"])

    assert len(subs) == 2
    assert not subs & {"sub-alice"}
