"""The one ASGI application: guard, route, read, answer, write, tell (docs/decisions/0030)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

import msgspec

from limen.errors import OAuthError, ServerError, TemporarilyUnavailable
from limen.http import back_channel, message
from limen.http.browser import Browser
from limen.http.cors import CrossOrigin
from limen.http.edge import Edge, Head
from limen.http.errors import as_invalid_request, as_text
from limen.http.headers import HSTS
from limen.http.references import References
from limen.http.refused import Gone, Refused
from limen.http.response import AT_ONCE, Headers, Receive, Response, Scope, Send, parts, write
from limen.http.route import Route
from limen.http.router import NO_TENANT, Match, Router
from limen.protocol.message import Message

Hook = Callable[[], Awaitable[None]]


class Witness(Protocol):
    """Is told of every request when it has been answered; never blocks, never raises."""

    def answered(self, exchange: "Exchange", response: Response, seconds: float) -> None: ...

    def broken(self, exchange: "Exchange", fault: BaseException) -> None: ...


class Exchange(msgspec.Struct, gc=False):
    """What is known so far about a request under way; for refusals and the log."""

    reference: str
    head: Head | None = None
    match: Match | None = None
    message: Message | None = None

    @property
    def secure(self) -> bool:
        """Whether it came over TLS, as far as is known."""
        return self.head is None or self.head.base.startswith("https:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything a request meets on its way in and out, outermost first."""

    edge: Edge
    router: Router
    cross_origin: CrossOrigin
    browser: Browser
    references: References
    witnesses: tuple[Witness, ...] = ()
    on_start: tuple[Hook, ...] = ()
    on_stop: tuple[Hook, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._beside(scope, receive, send)
            return
        begun = perf_counter()
        exchange = Exchange(self.references.next())
        try:
            response = await self._answer(exchange, scope, receive)
        except Gone:
            return
        except Exception as fault:  # noqa: BLE001 -- whatever broke, the client learns only the reference
            response = self._broken(exchange, fault)
        at_once = scope.get(AT_ONCE)
        if at_once is None:
            await write(response, scope, send)
        else:
            at_once(*parts(response, scope["method"]))
        seconds = perf_counter() - begun
        for witness in self.witnesses:
            witness.answered(exchange, response, seconds)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> Response:
        try:
            head = exchange.head = self.edge.admit(scope)
            match = exchange.match = await self.router.find(head.method, head.path)
            route = match.route
            if head.method == "OPTIONS" and "OPTIONS" not in route.methods:
                return await self._preflight(exchange, head, match)
            message.check_size(route, head)
            body = await message.read_body(receive, route, head) if head.has_body else b""
            exchange.message = message.build(head, match, body, exchange.reference)
            if route.style == "page":
                return await self.browser.answer(route, exchange.message)
            response = await back_channel.answer(route, exchange.message)
        except Refused as refused:
            response = self._refused(exchange, refused)
        except OAuthError as error:
            response = self._unreadable(exchange, error)
        found = exchange.match
        if found is not None and found.route.cors != "none":
            origin = exchange.head.headers.get("origin") if exchange.head else None
            if origin is None:
                response.headers += self.cross_origin.unasked(found.route)
            else:
                response.headers += await self._readers(exchange, found, origin)
        return response

    async def _preflight(self, exchange: Exchange, head: Head, match: Match) -> Response:
        methods = ", ".join(match.route.methods)
        origin = head.headers.get("origin")
        response = await self.cross_origin.preflight(match.route, match.tenant, origin, methods)
        if exchange.secure:
            response.headers.append(HSTS)
        return response

    async def _readers(self, exchange: Exchange, match: Match, origin: str) -> Headers:
        client_id = exchange.message.one("client_id") if exchange.message else None
        try:
            return await self.cross_origin.headers(match.route, match.tenant, origin, client_id)
        except TemporarilyUnavailable:  # what was done is done: only who may read it is open
            return self.cross_origin.unasked(match.route)

    def _refused(self, exchange: Exchange, refused: Refused) -> Response:
        """Answer what HTTP refuses, as the route's clients expect it; without a route, as Accept has it."""
        head, match, reference = exchange.head, exchange.match, exchange.reference
        is_page = match.route.style == "page" if match else _wants_html(head)
        if head is not None and is_page:
            bare = message.build_bare(head, match or _NOWHERE, reference)
            return self.browser.refuse_here(bare, refused)
        render = as_invalid_request if match else as_text
        return render(refused, secure=exchange.secure, reference=reference)

    def _unreadable(self, exchange: Exchange, error: OAuthError) -> Response:
        """Answer parameters that cannot be read, or for a store that cannot even say which tenant it is."""
        head, match = exchange.head, exchange.match
        if head is None:
            raise error
        bare = message.build_bare(head, match or _NOWHERE, exchange.reference)
        if match.route.style == "page" if match else _wants_html(head):
            return self.browser.refuse(bare, error)
        return back_channel.refuse((match or _NOWHERE).route, bare, error)

    def _broken(self, exchange: Exchange, fault: Exception) -> Response:
        for witness in self.witnesses:
            witness.broken(exchange, fault)
        error = ServerError("something broke on our side", detail=type(fault).__name__)
        try:
            return self._unreadable(exchange, error)
        except Exception:  # noqa: BLE001 -- the page that tells of a fault may be what is broken
            broken = Refused(500, "something broke on our side")
            return as_text(broken, secure=exchange.secure, reference=exchange.reference)

    async def _beside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and stop with the server (ASGI lifespan)."""
        if scope["type"] != "lifespan":
            raise ValueError(f"{scope['type']} is not served")
        while True:
            stage = (await receive())["type"].removeprefix("lifespan.")
            hooks: Mapping[str, tuple[Hook, ...]] = {"startup": self.on_start, "shutdown": self.on_stop}
            try:
                for hook in hooks[stage]:
                    await hook()
            except Exception as fault:
                await send({"type": f"lifespan.{stage}.failed", "message": str(fault)})
                raise
            await send({"type": f"lifespan.{stage}.complete"})
            if stage == "shutdown":
                return


async def _nothing(_: Message) -> None:
    return None


_NOWHERE = Match(Route(path="", methods=(), endpoint=_nothing, style="page"), NO_TENANT, "", "", {})


def _wants_html(head: Head | None) -> bool:
    return head is not None and "text/html" in head.headers.get("accept", "")
