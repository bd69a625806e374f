"""Fixtures of the edge: the small application and a client for it."""

import pytest

from tests.http.asgi_client import AsgiClient
from tests.http.edge.small import BASE, Recorder, application, listening


@pytest.fixture
def witness():
    return Recorder()


@pytest.fixture
def app(witness):
    return application(witnesses=(witness,))


@pytest.fixture
def client(app):
    return AsgiClient(app, BASE)


@pytest.fixture(scope="module")
async def port():
    async with listening() as port:
        yield port
