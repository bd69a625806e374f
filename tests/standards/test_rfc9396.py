"""Rich authorization requests (RFC 9396), by section."""

import json

import jwt
import pytest
import pytest_asyncio

from limen.model.tenant import DetailType
from tests.proofs import ClientKey
from tests.request_objects import asked, push, signed, visit
from tests.world import SECRET, make_world

PAYMENT = {
    "type": "payment",
    "amount": "12.00 EUR",
    "creditor": "Mad Hatter",
    "actions": ["initiate", "status"],
}
ACCOUNTS = {"type": "accounts", "actions": ["list", "read"], "locations": ["https://bank.test/accounts"]}
KEY = ClientKey()


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    world = await make_world()
    await world.tenant(
        detail_types=(
            DetailType(
                type="payment",
                template="Pay {amount} to {creditor}",
                required=("amount", "creditor"),
            ),
            DetailType(type="accounts", display_name="Your accounts"),
        )
    )
    await world.client("web", jwks=KEY.jwks)
    await world.person()
    yield world
    await world.close()


def details(*items):
    return json.dumps(items)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "{}", "[]", "null", "[1]", "[{}]", '[{"type": 1}]', '[{"type": "unknown"}]',
        '[{"type": "payment"}]', '[{"type": "payment", "amount": "1", "creditor": ""}]',
        '[{"type": "accounts", "actions": "list"}]', '[{"type": "accounts", "locations": [1]}]',
        '[{"type": "accounts", "type": "payment"}]',
        '[{"type": "accounts", "x": ' + "[" * 50 + "]" * 50 + "}]",
        '[{"type": "accounts", "x": {"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}]',
        json.dumps([{"type": "accounts"}] * 21), json.dumps([{"type": "accounts", "x": "x" * 17_000}]),
    ],
)  # fmt: skip
async def test_5_malformed_or_unknown_details_are_refused(world, text):
    at_push = await push(world, **asked(authorization_details=text))

    if text == "":
        assert at_push.status == 201  # RFC 6749 §3.1: without a value it was not sent
    else:
        assert (at_push.status, at_push.error) == (400, "invalid_authorization_details")


async def test_5_the_browser_brings_the_refusal_home(world):
    reply = await world.authorize(world.browser(), authorization_details="[]")

    assert reply.params["error"] == "invalid_authorization_details"


async def test_10_a_client_may_be_limited_to_types(world):
    await world.client("teller", authorization_details_types=("accounts",))

    refused = await push(
        world, auth=("teller", SECRET), **asked("teller", authorization_details=details(PAYMENT))
    )
    taken = await push(
        world, auth=("teller", SECRET), **asked("teller", authorization_details=details(ACCOUNTS))
    )

    assert refused.error == "invalid_authorization_details"
    assert taken.status == 201


async def test_7_what_was_granted_is_told_at_the_token_endpoint_and_by_introspection(world):
    tokens = await world.code_flow(authorization_details=details(PAYMENT, ACCOUNTS))

    assert tokens["authorization_details"] == [PAYMENT, ACCOUNTS]
    assert (await world.introspect(tokens["access_token"]))["authorization_details"] == [PAYMENT, ACCOUNTS]


async def test_9_1_a_jwt_access_token_carries_them(world):
    client = await world.storage.client("tenant-root", "web")
    await world.change(client, settings=type(client.settings)(access_token_format="jwt"))

    tokens = await world.code_flow(authorization_details=details(PAYMENT))

    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert claims["authorization_details"] == [PAYMENT]


async def test_6_1_a_token_request_may_narrow_them(world):
    code = await world.code_for(world.browser(), authorization_details=details(PAYMENT, ACCOUNTS))
    less = {**ACCOUNTS, "actions": ["read"]}

    tokens = (await world.redeem(code, authorization_details=details(less))).json()
    renewed = (await world.refresh(tokens["refresh_token"])).json()
    again = (await world.refresh(tokens["refresh_token"], authorization_details=details(PAYMENT))).json()

    assert tokens["authorization_details"] == [less]
    assert renewed["authorization_details"] == [PAYMENT, ACCOUNTS]
    assert again["authorization_details"] == [PAYMENT]


@pytest.mark.parametrize(
    "more",
    [
        {**PAYMENT, "amount": "1200.00 EUR"},
        {**ACCOUNTS, "actions": ["list", "delete"]},
        {**ACCOUNTS, "actions": []},
        {"type": "accounts"},
        {**ACCOUNTS, "extra": True},
    ],
)
async def test_6_1_a_token_request_cannot_widen_them(world, more):
    code = await world.code_for(world.browser(), authorization_details=details({**PAYMENT}, ACCOUNTS))

    reply = await world.redeem(code, authorization_details=details(more))

    assert reply.error == "invalid_authorization_details"


async def test_3_consent_shows_them_in_words_and_remembers_them(world):
    browser = world.browser()
    begun = await world.authorize(browser, authorization_details=details(PAYMENT))
    signed_in = await browser.submit(
        begun.location, world.fill((await browser.get(begun.location)).text, begun.location, "alice",
                                   "correct horse battery staple", True),
    )  # fmt: skip

    page = await browser.get(signed_in.location)

    assert "Pay 12.00 EUR to Mad Hatter" in page.text
    await world.journey(browser, signed_in)
    same = await world.authorize(browser, authorization_details=details(PAYMENT))
    other = await world.authorize(browser, authorization_details=details({**PAYMENT, "amount": "13.00 EUR"}))
    assert "code" in same.params
    assert other.location.endswith("/consent")


async def test_2_they_travel_in_request_objects_as_json(world):
    browser = world.browser()
    request = signed(world, KEY, authorization_details=[ACCOUNTS])

    reply = await world.journey(browser, await visit(browser, request=request))

    assert (await world.redeem(reply.params["code"])).json()["authorization_details"] == [ACCOUNTS]


async def test_10_discovery_lists_the_types(world):
    found = (await world.http.get("/.well-known/openid-configuration")).json()

    assert found["authorization_details_types_supported"] == ["payment", "accounts"]


async def test_2_a_device_may_ask_for_them_too(world):
    await world.client("tv", grant_types=frozenset({"urn:ietf:params:oauth:grant-type:device_code"}))
    ask = {"scope": "openid"}

    taken = await world.http.post(
        "/oauth2/device_authorize",
        form={**ask, "authorization_details": details(ACCOUNTS)},
        auth=("tv", SECRET),
    )
    refused = await world.http.post(
        "/oauth2/device_authorize", form={**ask, "authorization_details": "[]"}, auth=("tv", SECRET)
    )

    assert taken.status == 200
    assert refused.error == "invalid_authorization_details"
