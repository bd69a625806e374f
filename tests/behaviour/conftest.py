"""A fresh server for each test."""

import pytest_asyncio

from tests.world import make_world


@pytest_asyncio.fixture
async def world():
    world = await make_world()
    yield world
    await world.close()
