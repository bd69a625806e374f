"""RFC 8693: OAuth 2.0 Token Exchange, one test for each MUST a server can break."""

import pytest
import pytest_asyncio

from limen.protocol.registered_values import TOKEN_EXCHANGE
from limen.protocol.token_exchange import ACCESS_TOKEN, JWT
from tests.issuer import Issuer
from tests.world import SECRET, make_world


@pytest_asyncio.fixture
async def world():
    """A client that may exchange its own tokens, and one of them."""
    world = await make_world()
    world.issuer = Issuer(world.clock)
    await world.tenant(trusted_issuers=(world.issuer.trusted(),))
    await world.client("app", grant_types=frozenset({TOKEN_EXCHANGE, "client_credentials"}))
    await world.person()
    reply = await world.token(grant_type="client_credentials", auth=("app", SECRET))
    world.subject = reply.json()["access_token"]
    yield world
    await world.close()


async def ask(world, **form):
    form = {"subject_token": world.subject, "subject_token_type": ACCESS_TOKEN, **form}
    form = {name: value for name, value in form.items() if value is not None}
    return await world.token(grant_type=TOKEN_EXCHANGE, auth=("app", SECRET), **form)


@pytest.mark.parametrize("missing", ["subject_token", "subject_token_type"])
async def test_section_2_1_both_subject_parameters_are_required(world, missing):
    assert (await ask(world, **{missing: None})).error == "invalid_request"


async def test_section_2_1_actor_token_type_is_required_with_an_actor_token_alone(world):
    assert (await ask(world, actor_token=world.subject)).error == "invalid_request"
    assert (await ask(world, actor_token_type=ACCESS_TOKEN)).error == "invalid_request"


async def test_section_2_1_a_resource_must_be_an_absolute_uri_without_a_fragment(world):
    assert (await ask(world, resource="relative")).error == "invalid_target"
    assert (await ask(world, resource="https://api.test/#x")).error == "invalid_target"


async def test_section_2_2_1_the_answer_says_what_was_issued(world):
    reply = await ask(world)

    assert reply.status == 200, reply.text
    assert reply.json()["issued_token_type"] == ACCESS_TOKEN
    assert reply.json()["token_type"] == "Bearer"
    assert reply.json()["expires_in"] > 0
    assert reply.header("cache-control") == "no-store"


async def test_section_2_2_2_a_bad_subject_or_actor_token_is_an_invalid_request(world):
    assert (await ask(world, subject_token="x")).error == "invalid_request"
    assert (await ask(world, actor_token="x", actor_token_type=ACCESS_TOKEN)).error == "invalid_request"


async def test_section_2_2_2_an_audience_we_do_not_serve_is_an_invalid_target(world):
    assert (await ask(world, audience="nobody")).error == "invalid_target"


async def test_section_3_an_unknown_token_type_is_refused(world):
    for kind in ("saml2", "urn:ietf:params:oauth:token-type:saml2", "access_token"):
        assert (await ask(world, subject_token_type=kind)).error == "invalid_request"
    assert (await ask(world, requested_token_type="urn:x")).error == "invalid_request"


async def test_section_4_1_earlier_actors_of_a_foreign_token_stay_in_the_chain(world):
    await world.client(
        "app",
        grant_types=frozenset({TOKEN_EXCHANGE, "client_credentials"}),
        settings={"exchange_impersonation": True},
    )
    subject = world.issuer.sign(act={"sub": "first"})

    reply = await ask(
        world,
        subject_token=subject,
        subject_token_type=JWT,
        actor_token=world.subject,
        actor_token_type=ACCESS_TOKEN,
    )

    facts = await world.introspect(reply.json()["access_token"], auth=("app", SECRET))
    assert facts["act"] == {"sub": "app", "act": {"sub": "first"}}


async def test_section_5_the_url_is_no_place_for_tokens(world):
    reply = await world.http.post(
        f"/oauth2/token?subject_token={world.subject}",
        form={"grant_type": TOKEN_EXCHANGE},
        auth=("app", SECRET),
    )

    assert reply.error == "invalid_request"
