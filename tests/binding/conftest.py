"""A world with a person, and clients whose tokens are bound."""

import pytest_asyncio

from tests.world import make_world


@pytest_asyncio.fixture
async def world():
    made = await make_world()
    await made.person()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def bound(world):
    """Register the client `web` with this token_binding_type."""

    async def register(kind, *, settings=None, **fields):
        return await world.client("web", settings={"token_binding_type": kind, **(settings or {})}, **fields)

    return register
