"""The certificates that clients registered pass our own TLS listener (RFC 8705 §2.2)."""

import asyncio
import contextlib

import pytest

from limen.app.registered_certificates import RegisteredCertificates
from limen.http.tls import Tls, context_of
from limen.ports.storage import Remove
from tests.identity import Identity
from tests.world import make_world

URI = "https://app.test/jwks"
SELF_SIGNED = "self_signed_tls_client_auth"


@pytest.fixture
async def world():
    made = await make_world()
    yield made
    await made.close()


@pytest.fixture
def context(tmp_path):
    own = Identity(tmp_path, "server")
    return context_of(Tls(certificate=own.chain, key=own.secret, client_certificates=True))


@pytest.fixture
def one(tmp_path):
    return Identity(tmp_path, "one")


@pytest.fixture
def other(tmp_path):
    return Identity(tmp_path, "other")


@contextlib.asynccontextmanager
async def following(world, context):
    certificates = RegisteredCertificates(context, world.ports)
    world.storage.subscribe(certificates.heard)
    await certificates.load()
    task = asyncio.create_task(certificates.follow())
    yield certificates
    task.cancel()


def trusted(context):
    return context.cert_store_stats()["x509"]


async def until(context, count):
    async with asyncio.timeout(5):
        while trusted(context) != count:  # noqa: ASYNC110 -- OpenSSL tells nobody
            await asyncio.sleep(0.01)


async def test_what_was_registered_before_the_start_and_what_comes_after_is_trusted(
    world, context, one, other
):
    await world.client("before", token_endpoint_auth_method=SELF_SIGNED, jwks=one.jwks)
    async with following(world, context):
        assert trusted(context) == 1

        await world.client("after", token_endpoint_auth_method="none", jwks=other.jwks)
        bound = {"tls_client_certificate_bound_access_tokens": True}
        await world.client("bound", token_endpoint_auth_method="none", jwks=other.jwks, **bound)
        await until(context, 2)


async def test_a_certificate_registered_for_something_else_is_not_trusted(world, context, one):
    await world.client("signs", token_endpoint_auth_method="private_key_jwt", jwks=one.jwks)

    async with following(world, context):
        assert trusted(context) == 0


async def test_what_is_no_certificate_stops_nobody(world, context, one):
    odd = [{"x5c": ["AAAA"]}, {"x5c": ["é"]}, {"x5c": []}, {"x5t#S256": "AA"}]
    await world.client(
        "odd", token_endpoint_auth_method=SELF_SIGNED, jwks={"keys": [*odd, *one.jwks["keys"]]}
    )

    async with following(world, context):
        assert trusted(context) == 1


async def test_a_client_rotates_its_certificate_behind_its_jwks_uri(world, context, one, other):
    fetcher = world.ports.fetcher
    fetcher.documents[URI] = one.jwks
    client = await world.client("remote", token_endpoint_auth_method=SELF_SIGNED, jwks_uri=URI)
    async with following(world, context) as certificates:
        await until(context, 1)

        fetcher.documents[URI] = {"keys": [*one.jwks["keys"], *other.jwks["keys"]]}
        certificates.ask_again()
        await until(context, 2)

        await world.storage.commit(Remove(client))
        await asyncio.sleep(0.05)
        fetcher.fetched.clear()
        certificates.ask_again()
        await asyncio.sleep(0.05)
        assert not fetcher.fetched


async def test_lost_news_makes_everything_be_read_again(world, context, one):
    certificates = RegisteredCertificates(context, world.ports)
    task = asyncio.create_task(certificates.follow())
    await world.client("unheard", token_endpoint_auth_method=SELF_SIGNED, jwks=one.jwks)

    certificates.heard("everything", "", "")

    await until(context, 1)
    task.cancel()
