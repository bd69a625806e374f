"""Initiating Login from a Third Party (OpenID Connect Core §4)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.applicant import Applicant, open_registration
from tests.world import CALLBACK

START = "https://app.test/login?x=1"


async def test_4_the_browser_goes_where_the_client_registered(world):
    await world.client("web", initiate_login_uri=START)

    reply = await world.browser().get("/login/web")

    where = urlsplit(reply.header("location"))
    assert reply.status == 303
    assert f"{where.scheme}://{where.netloc}{where.path}" == "https://app.test/login"
    assert parse_qs(where.query) == {"x": ["1"], "iss": ["https://id.test"]}


@pytest.mark.parametrize(
    ("target", "passed"),
    [
        ("https://app.test/deep?link=1", True),
        ("https://home.test/deep", True),
        ("https://evil.test/", False),
        ("https://app.test.evil.test/", False),
        ("https://app.test@evil.test/", False),
        ("http://app.test/", False),
        ("//app.test/", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
    ],
)
async def test_4_an_app_is_no_redirector_for_strangers(world, target, passed):
    await world.client("web", initiate_login_uri=START, client_uri="https://home.test/")

    reply = await world.browser().get("/login/web", params={"target_link_uri": target, "login_hint": "al"})

    told = parse_qs(urlsplit(reply.header("location")).query)
    assert told.get("target_link_uri", []) == ([target] if passed else [])
    assert told["login_hint"] == ["al"]


async def test_4_without_it_the_home_page_serves(world):
    await world.client("web", client_uri="https://app.test/")
    await world.client("bare")
    await world.client("barred", initiate_login_uri=START, enabled=False)

    assert (await world.browser().get("/login/web")).header("location") == "https://app.test/"
    for client_id in ("bare", "barred", "nobody"):
        assert (await world.browser().get(f"/login/{client_id}")).status == 400


async def test_4_the_address_comes_back_from_registration(world):
    await open_registration(world)
    app = await Applicant.register(world, initiate_login_uri="https://app.test/login")

    assert app.told["initiate_login_uri"] == "https://app.test/login"
    assert (await app.read()).json()["initiate_login_uri"] == "https://app.test/login"


async def test_an_error_page_leads_back_to_the_app(world):
    await world.client("web", initiate_login_uri=START, client_name="Payroll")
    await world.client("plain", client_uri="https://plain.test/")

    page = await world.authorize(world.browser(), redirect_uri="https://evil.test/cb")
    plain = await world.authorize(world.browser(), "plain", redirect_uri="https://evil.test/cb")

    assert 'href="https://id.test/login/web"' in page.text
    assert "Back to Payroll" in page.text
    assert 'href="https://plain.test/"' in plain.text


async def test_an_error_page_never_leads_to_who_registered_alone(world):
    await open_registration(world)
    app = await Applicant.register(world, client_uri="https://evil.test/", redirect_uris=[CALLBACK])

    page = await world.authorize(world.browser(), app.client_id, redirect_uri="https://evil.test/cb")

    assert page.status == 400
    assert "evil.test" not in page.text
