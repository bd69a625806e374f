"""RFC 7523 §2.1, §3 and §3.1: JWTs as authorization grants, one test for each MUST."""

import pytest
import pytest_asyncio

from limen.protocol.registered_values import JWT_BEARER
from tests.issuer import Issuer
from tests.world import SECRET, make_world

NOW = 1_800_000_000


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    world.issuer = Issuer(world.clock)
    await world.tenant(trusted_issuers=(world.issuer.trusted(),))
    await world.client("app", grant_types=frozenset({JWT_BEARER}))
    await world.person()
    yield world
    await world.close()


async def ask(world, assertion=None, **form):
    return await world.token(
        grant_type=JWT_BEARER, assertion=assertion or world.issuer.sign(), auth=("app", SECRET), **form
    )


async def test_section_2_1_a_single_assertion_is_required(world):
    missing = await world.token(grant_type=JWT_BEARER, auth=("app", SECRET))
    form = [
        ("grant_type", JWT_BEARER),
        ("assertion", world.issuer.sign()),
        ("assertion", world.issuer.sign()),
    ]
    twice = await world.http.post("/oauth2/token", form=form, auth=("app", SECRET))

    assert (missing.error, twice.error) == ("invalid_request", "invalid_request")


async def test_section_2_1_scope_is_optional_and_bounded(world):
    assert "scope" not in (await ask(world)).json()
    assert (await ask(world, scope="email unheard-of")).json()["scope"] == "email"


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": None}, id="3.1 iss"),
        pytest.param({"sub": None}, id="3.2 sub"),
        pytest.param({"aud": "https://id.test.evil"}, id="3.3 aud"),
        pytest.param({"exp": NOW}, id="3.4 exp"),
        pytest.param({"nbf": NOW + 60}, id="3.5 nbf"),
        pytest.param({"iat": NOW - 3_601}, id="3.6 iat too far in the past"),
    ],
)
async def test_section_3_each_claim_rule_holds(world, claims):
    reply = await ask(world, world.issuer.sign(**claims))

    assert (reply.status, reply.error) == (400, "invalid_grant")


async def test_section_3_7_a_jti_is_used_once(world):
    assertion = world.issuer.sign()

    assert [(await ask(world, assertion)).status for _ in range(2)] == [200, 400]


async def test_section_3_9_an_unsigned_or_foreign_signature_is_refused(world):
    head, body, _ = world.issuer.sign().split(".")

    assert (await ask(world, f"{head}.{body}.")).error == "invalid_grant"
    assert (await ask(world, f"{head}.{body}.{'A' * 86}")).error == "invalid_grant"
    assert (await ask(world, Issuer(world.clock).sign())).error == "invalid_grant"


async def test_section_3_1_the_error_tells_nothing_of_the_reason(world):
    replies = [
        await ask(world, world.issuer.sign(sub="nobody")),
        await ask(world, world.issuer.sign(exp=NOW)),
        await ask(world, "x"),
    ]

    assert len({reply.body for reply in replies}) == 1
