"""See the pages: `python -m tests.pages.preview` serves the samples, and photographs them into a folder."""

import asyncio
import contextlib
import sys
from pathlib import Path

from aiohttp import web
from playwright.async_api import async_playwright

from limen.pages.static import assets
from limen.pages.views import Views
from limen.protocol.answer import Page
from tests import services
from tests.pages import samples

FIGURES = [("wide", 1280, 900), ("phone", 390, 844)]


def application(pages: dict[str, Page]) -> web.Application:
    """Serve each sample at /NAME with the headers it will have, and the files at /static/."""
    views = Views()

    async def page(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        development = name.startswith(("dev", "demo")) and not name.startswith("device")
        message = samples.message(
            language=request.headers.get("accept-language", ""), development=development
        )
        shown = pages[name]
        return web.Response(
            body=views.render(shown, message),
            status=shown.status,
            content_type="text/html",
            charset="utf-8",
            headers=views.headers(shown),
        )

    async def static(request: web.Request) -> web.Response:
        content, media_type = assets()[request.match_info["name"]]
        return web.Response(body=content, headers={"content-type": media_type})

    async def index(request: web.Request) -> web.Response:
        links = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in pages)
        return web.Response(text=f"<ul>{links}</ul>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", index)
    app.router.add_get("/static/{name}", static)
    app.router.add_get("/{name}", page)
    return app


@contextlib.asynccontextmanager
async def served(pages: dict[str, Page]):
    """Serve `pages` on a free loopback port and give the base URL."""
    runner = web.AppRunner(application(pages))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://localhost:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def photograph(folder: Path, names: list[str], language: str) -> None:
    """Write NAME-FIGURE-SCHEME.png of each page into `folder`."""
    async with served(samples.PAGES) as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(**services.chromium_options())
        for figure, width, height in FIGURES:
            for scheme in ("light", "dark"):
                context = await browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
                )
                await context.route(
                    "**/form-post.*.js", lambda route: route.abort()
                )  # it would leave at once
                tab = await context.new_page()
                for name in names or samples.PAGES:
                    await tab.goto(f"{base}/{name}")
                    await tab.screenshot(path=folder / f"{name}-{figure}-{scheme}.png", full_page=True)
                await context.close()
        await browser.close()


async def serve() -> None:
    async with served(samples.PAGES) as base:
        print(base, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    folder, *names = sys.argv[1:] or [""]
    language, names = ("de", [n for n in names if n != "--de"]) if "--de" in names else ("en", names)
    Path(folder).mkdir(parents=True, exist_ok=True)
    asyncio.run(photograph(Path(folder), names, language) if folder else serve())
