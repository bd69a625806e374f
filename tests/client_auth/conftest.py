"""A world in which authorities issue certificates."""

import dataclasses

import pytest_asyncio

from limen.app.site import Surroundings, site
from limen.crypto.certificates import Authorities
from tests.http.asgi_client import AsgiClient
from tests.proofs import Authority
from tests.world import BASE, World, make_world


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def authority():
    return Authority()


@pytest_asyncio.fixture
async def mtls(world, authority):
    """The same world, believing one authority."""
    ports = dataclasses.replace(world.ports, certificates=Authorities([authority.certificate]))
    app = site(ports, Surroundings(hosts={"id.test": BASE}, witnesses=(world.events,)))
    return World(ports, app)


@pytest_asyncio.fixture
async def over(mtls):
    """Speak over a connection with this certificate."""
    return lambda certificate: AsgiClient(mtls.app, BASE, certificate=certificate)
