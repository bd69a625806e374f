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


class Reasons(list):
    """Why requests were refused, as the operator's log tells."""

    def answered(self, exchange, response, seconds):
        self.append(response.detail)

    def broken(self, exchange, fault):
        pass


@pytest_asyncio.fixture
async def reasons():
    return Reasons()


@pytest_asyncio.fixture
async def mtls(world, authority, reasons):
    """The same world, believing one authority."""
    ports = dataclasses.replace(world.ports, certificates=Authorities([authority.certificate]))
    app = site(ports, Surroundings(hosts={"id.test": BASE}, witnesses=(world.events, reasons)))
    return World(ports, app)


@pytest_asyncio.fixture
async def over(mtls):
    """Speak over a connection with this certificate."""
    return lambda certificate: AsgiClient(mtls.app, BASE, certificate=certificate)
