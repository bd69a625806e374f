"""Fixtures that all tests may use: databases, Redis and a browser. See tests/services.py."""

import contextlib
import os

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests import services

pytest_plugins = ["tests.plugins.no_skips"]
# How long an example takes, or is made, says how busy the machine is, and nothing of what is tested.
settings.register_profile("limen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("limen")


def pytest_configure(config):
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    config.stash[_folder] = services.open_session()


def pytest_unconfigure(config):
    if folder := config.stash.get(_folder, None):
        services.close_session(folder)


_folder = pytest.StashKey()


@pytest.fixture(scope="session")
def postgres():
    """The session's PostgreSQL cluster; `with postgres.database() as url` makes a database in it."""
    return services.postgres()


@pytest.fixture
def postgres_url(postgres):
    """The URL of an empty database, dropped after the test."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="module")
def postgres_module_url(postgres):
    """The URL of an empty database that the tests of one file share."""
    with postgres.database() as url:
        yield url


@pytest.fixture(scope="session")
def _redis_server():
    with services.redis_server() as url:
        yield url


@pytest.fixture
def redis_url(_redis_server):
    """The URL of an empty Redis, this worker's own."""
    import redis

    with contextlib.closing(redis.Redis.from_url(_redis_server)) as client:
        client.flushall()
    return _redis_server


@pytest_asyncio.fixture(scope="session")
async def chromium():
    """A headless Chromium, driven by Playwright's asynchronous interface."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**services.chromium_options())
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture
async def page(chromium):
    """A page in a browser profile of its own, without cookies."""
    context = await chromium.new_context(ignore_https_errors=True)
    try:
        yield await context.new_page()
    finally:
        await context.close()
