"""Some attacks meet every test of a file with the same people around."""

import pytest_asyncio

from tests.world import make_world


@pytest_asyncio.fixture(loop_scope="session")
async def world():
    """A server with the application `web` and the person `alice`."""
    world = await make_world()
    await world.client("web")
    await world.person()
    yield world
    await world.close()
