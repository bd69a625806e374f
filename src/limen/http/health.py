"""Whether the server lives and is ready, and the small listener for those who ask (no specification)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from limen.http.back_channel import ready
from limen.http.errors import as_text
from limen.http.refused import Refused
from limen.http.response import Receive, Scope, Send, write
from limen.http.route import Endpoint, Route
from limen.http.router import NO_TENANT
from limen.protocol.answer import Body
from limen.protocol.message import Message

PATIENCE = 2.0
_NOBODY = Message(method="GET", path="", url="", base="", tenant=NO_TENANT)
_LIFESPAN = "lifespan"


@dataclass(frozen=True, slots=True)
class Health:
    """`check` raises when the server cannot do its work: the store cannot be read or written."""

    check: Callable[[], Awaitable[None]]

    async def live(self, _: Message) -> Body:
        """Answer that the process answers."""
        return Body(content=b'{"status":"live"}')

    async def ready(self, _: Message) -> Body:
        """Answer 200 or 503; why not is for the log alone."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.check()
        except Exception:  # noqa: BLE001 -- any failure means not ready
            return Body(content=b'{"status":"not ready"}', status=503)
        return Body(content=b'{"status":"ready"}')

    def routes(self, metrics: Endpoint | None = None) -> list[Route]:
        """Return the server's own routes, which no tenant prefixes."""
        rows = {"/health/live": self.live, "/health/ready": self.ready}
        if metrics is not None:
            rows["/metrics"] = metrics  # type: ignore[assignment]
        return [
            Route(path=path, methods=("GET",), endpoint=endpoint, where="server", quiet=True)
            for path, endpoint in rows.items()
        ]


class Operations:
    """A second, small ASGI application for a listener of its own: any host, GET, exact paths."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._endpoints = {route.path: route.endpoint for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == _LIFESPAN:
            raise ValueError("this application has nothing to start")
        endpoint = self._endpoints.get(scope["path"])
        if endpoint is None or scope["method"] not in {"GET", "HEAD"}:
            response = as_text(Refused(404, "there is nothing here"), secure=False, reference="-")
        else:
            response = ready(await endpoint(_NOBODY), secure=False)
        await write(response, scope, send)
