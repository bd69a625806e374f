"""The demonstration in a real browser against the real server, from the front page to the sign-out."""

import asyncio
import contextlib
import socket

import pytest_asyncio

from limen.app.process import _demo
from limen.app.site import Surroundings, site
from limen.demo.cast import PEOPLE, demo_client
from limen.demo.front import front
from limen.http.server import Serving, Surface, Worker
from limen.ports.storage import Put
from limen.system import SystemClock
from tests import world as worlds


@pytest_asyncio.fixture
async def server():
    """A development server on a free loopback port, seeded with the cast; gives its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    base = f"http://localhost:{listener.getsockname()[1]}"
    world = await worlds.make_world(clock=SystemClock())
    tenant = await world.tenant(issuer=base, display_name="Demo", development=True)
    await world.storage.commit(Put(demo_client(tenant, base, world.clock.now())))
    for role in PEOPLE:
        await world.person(role.username, password=role.password, claims=role.claims)
    around = Surroundings(
        hosts={base.removeprefix("http://"): base}, routes=_demo(world.ports).routes, home=front
    )
    application = site(world.ports, around)
    worker = Worker(Surface(application=application), Serving(bind=listener, keep_alive=1))
    uvicorn = worker.server(application, lifespan="on")
    uvicorn.capture_signals = contextlib.nullcontext
    serving = asyncio.create_task(uvicorn.serve([listener]))
    while not uvicorn.started:  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield base
    uvicorn.should_exit = True
    await serving
    await world.close()


async def test_a_person_tries_the_demonstration(page, server):
    told = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))

    await page.goto(f"{server}/")
    await page.click("text=Try signing in")
    await page.wait_for_selector("#username")
    assert await page.title() == "Sign in – Demo app – Demo"
    await page.fill("#username", "alice")
    await page.fill("#password", "wrong")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=That combination did not work.")
    await page.fill("#password", PEOPLE[0].password)
    await page.keyboard.press("Enter")
    await page.click("button[name=allow]")

    await page.wait_for_selector("text=Welcome, Alice")
    assert page.url == f"{server}/demo/tokens"
    await page.click("text=Refresh tokens")
    await page.wait_for_selector("text=The tokens were refreshed.")
    await page.click("button[name=sign_out]")
    await page.wait_for_url(f"{server}/")

    await page.click("text=Try signing in")
    await page.wait_for_selector("#username")
    assert await page.title() == "Sign in – Demo app – Demo"
    await page.click("button[name=cancel]")
    await page.wait_for_selector("text=access_denied")
    assert [text for text in told if "Failed to load resource" not in text] == []


async def test_a_person_tries_the_demonstration_without_script(chromium, server):
    context = await chromium.new_context(java_script_enabled=False)
    page = await context.new_page()

    await page.goto(f"{server}/demo")
    await page.fill("#username", "bob")
    await page.fill("#password", PEOPLE[1].password)
    await page.click("button.main")
    await page.uncheck("input[value=email]")
    await page.click("button[name=allow]")

    assert await page.locator("h1").inner_text() == "Welcome, Bob"
    assert "bob@example.com" not in await page.content()
    await context.close()
