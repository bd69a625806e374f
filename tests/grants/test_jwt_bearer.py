"""Assertions of trusted issuers as grants (RFC 7523 §2.1, §3)."""

import asyncio

import pytest
import pytest_asyncio

from limen.protocol.registered_values import JWT_BEARER
from tests.issuer import Issuer
from tests.world import SECRET


@pytest_asyncio.fixture
async def issuer(world):
    """A foreign issuer the tenant trusts, a client that may use its assertions, and a person."""
    issuer = Issuer(world.clock)
    await world.tenant(trusted_issuers=(issuer.trusted(),))
    await world.client("app", grant_types=frozenset({JWT_BEARER, "refresh_token"}))
    await world.person()
    return issuer


async def ask(world, assertion, **form):
    return await world.token(
        grant_type=JWT_BEARER, assertion=assertion, auth=("app", SECRET), **{"scope": "openid email", **form}
    )


async def test_an_assertion_gives_tokens_of_the_person_without_a_refresh_token(world, issuer):
    reply = await ask(world, issuer.sign())

    assert reply.status == 200, reply.text
    assert "refresh_token" not in reply.json()
    assert (await world.userinfo(reply.json()["access_token"])).json()["email"] == "alice@id.test"
    claims = world.keys.verify("tenant-root", reply.json()["id_token"], typ="JWT")
    assert (claims["sub"], "auth_time" in claims) == ("sub-alice", False)


async def test_the_subject_may_be_a_username(world, issuer):
    reply = await ask(world, issuer.sign(sub="alice"))

    assert (await world.introspect(reply.json()["access_token"], auth=("app", SECRET)))["sub"] == "sub-alice"


async def test_an_assertion_works_once(world, issuer):
    assertion = issuer.sign()

    replies = await asyncio.gather(*(ask(world, assertion) for _ in range(5)))

    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400, 400]
    assert {reply.error for reply in replies if reply.status == 400} == {"invalid_grant"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://stranger.test"},
        {"iss": None},
        {"sub": "nobody"},
        {"sub": None},
        {"sub": 7},
        {"aud": "https://elsewhere.test"},
        {"aud": None},
        {"aud": [7]},
        {"exp": None},
        {"exp": 1_800_000_000},
        {"exp": "soon"},
        {"exp": True},
        {"iat": None},
        {"iat": 1_800_000_060},
        {"iat": 1_800_000_000 - 3_601},
        {"nbf": 1_800_000_060},
        {"jti": None},
        {"jti": ["a"]},
        {"act": "somebody"},
    ],
)
async def test_a_claim_that_does_not_hold_is_an_invalid_grant(world, issuer, wrong):
    reply = await ask(world, issuer.sign(**wrong))

    assert (reply.status, reply.error) == (400, "invalid_grant")


@pytest.mark.parametrize("assertion", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "lm_at_AAAA"])
async def test_what_is_no_jwt_is_refused(world, issuer, assertion):
    assert (await ask(world, assertion)).error in {"invalid_grant", "invalid_request"}


async def test_another_key_another_type_and_another_algorithm_are_refused(world, issuer):
    impostor = Issuer(world.clock)
    strict = issuer.trusted(algorithms=("RS256",))

    assert (await ask(world, impostor.sign())).error == "invalid_grant"
    assert (await ask(world, issuer.sign(header={"typ": "at+jwt"}))).error == "invalid_grant"
    await world.tenant(trusted_issuers=(strict,))
    assert (await ask(world, issuer.sign())).error == "invalid_grant"


async def test_keys_are_fetched_and_fetched_again_after_a_rotation(world, issuer):
    url = "https://other.test/jwks"
    world.ports.fetcher.documents[url] = Issuer(world.clock).jwks
    await world.tenant(trusted_issuers=(issuer.trusted(jwks=None, jwks_uri=url),))
    assert (await ask(world, issuer.sign())).error == "invalid_grant"
    assert world.ports.fetcher.fetched == [url, url]

    world.ports.fetcher.documents[url] = issuer.jwks

    assert (await ask(world, issuer.sign())).status == 200


async def test_nobody_makes_us_ask_an_issuer_at_will(world, issuer):
    url = "https://other.test/jwks"
    world.ports.fetcher.documents[url] = Issuer(world.clock).jwks
    await world.tenant(trusted_issuers=(issuer.trusted(jwks=None, jwks_uri=url),))
    for _ in range(3):
        assert (await ask(world, issuer.sign())).error == "invalid_grant"
    assert world.ports.fetcher.fetched_afresh == [url]

    world.clock.forward(30)
    assert (await ask(world, issuer.sign())).error == "invalid_grant"
    assert world.ports.fetcher.fetched_afresh == [url, url]


@pytest.mark.parametrize("document", [None, [], "x", {"keys": 7}])
async def test_an_issuer_without_usable_keys_is_nobody(world, issuer, document):
    url = "https://other.test/jwks"
    if document is not None:
        world.ports.fetcher.documents[url] = document
    await world.tenant(trusted_issuers=(issuer.trusted(jwks=None, jwks_uri=url),))

    assert (await ask(world, issuer.sign())).error == "invalid_grant"


async def test_an_issuer_of_foreign_subjects_names_nobody_of_ours(world, issuer):
    await world.tenant(trusted_issuers=(issuer.trusted(subjects="foreign"),))

    assert (await ask(world, issuer.sign())).error == "invalid_grant"


async def test_the_issuers_own_audience_is_accepted(world, issuer):
    await world.tenant(trusted_issuers=(issuer.trusted(audience="limen"),))

    assert (await ask(world, issuer.sign(aud=["limen", "x"]))).status == 200


async def test_a_disabled_person_gets_nothing(world, issuer):
    await world.person("bob", enabled=False)

    assert (await ask(world, issuer.sign(sub="bob"))).error == "invalid_grant"


async def test_our_own_tokens_are_no_assertions(world, issuer):
    tokens = (await ask(world, issuer.sign())).json()

    assert (await ask(world, tokens["id_token"])).error == "invalid_grant"
    assert (await ask(world, tokens["access_token"])).error == "invalid_grant"
