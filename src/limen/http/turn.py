"""One request on a connection, and its one answer, as ASGI has it (RFC 9112 §9.3, RFC 9110 §10.1.1)."""

import asyncio
from http import HTTPStatus
from typing import Any, Protocol

import msgspec

from limen.http.headers import CLOSE
from limen.http.response import AT_ONCE, Event, Headers, Scope

# The scheme, the address and port, and what TLS told: the same for every request on a connection.
Peer = tuple[str, tuple[Any, ...] | None, dict[str, bytes]]

_NOTHING_SAID: tuple[int, Headers] = (500, [])
# As numbers: octets are searched for a number many times faster than for octets.
CR, LF, NUL = b"\r\n\0"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINE = {each.value: b"HTTP/1.1 %d %b" % (each, each.phrase.encode()) for each in HTTPStatus}


class Connection(Protocol):
    """What a turn asks of the connection it came over."""

    @property
    def peer(self) -> Peer: ...

    def write(self, octets: bytes) -> None: ...
    def read_on(self) -> None: ...
    def answer(self, turn: "Turn", octets: bytes) -> None: ...


class Turn(msgspec.Struct, kw_only=True, eq=False):
    """Takes in a body as it comes, and lets one whole answer out.

    `common` are the fields every answer begins with; `keep`: the connection may be used again; `more`: the
    body has not all come; `told`: the peer has leave to send it; `gone`: the peer left.
    """

    connection: Connection
    common: Headers
    version: str
    method: str
    url: bytes
    fields: Headers
    keep: bool
    task: asyncio.Task[None] | None = None
    waiting: asyncio.Future[None] | None = None
    begun: tuple[int, Headers] = _NOTHING_SAID
    body: bytes = b""
    more: bool = True
    told: bool = False
    entered: bool = False
    done: bool = False
    gone: bool = False

    def scope(self) -> Scope:
        """Return what ASGI tells an application. It holds this turn, so the turn must not keep it."""
        path, _, query = self.url.partition(b"?")
        scheme, client, extensions = self.connection.peer
        return {
            "type": "http",
            "http_version": self.version,
            "scheme": scheme,
            "client": client,
            "extensions": extensions,
            "method": self.method,
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": self.fields,
            AT_ONCE: self.answer,
        }

    def arrived(self) -> None:
        """Wake who waits: something came, or nothing will come any more."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)

    async def receive(self) -> Event:
        """Return the body, or what has come of it."""
        if self.more and not self.body and not self.gone:
            await self._next()
        if self.gone or self.done:
            return {"type": "http.disconnect"}
        body, self.body = self.body, b""
        return {"type": "http.request", "body": body, "more_body": self.more}

    async def send(self, event: Event) -> None:
        """Take an answer in two events: the head, and the whole body."""
        if event["type"] == "http.response.start":
            self.begun = (event["status"], list(event["headers"]))
        else:
            self.answer(*self.begun, event["body"])

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Write a whole answer in one piece; to a peer that left, nothing."""
        fields = self.common + headers
        if self.more and not self.told and self._expects():
            self.keep = False  # RFC 9110 §10.1.1: the body may come now, or the next request in its place
        if CLOSE in fields:
            self.keep = False
        elif not self.keep:
            fields.append(CLOSE)
        octets = whole(status, fields, body)
        self.done = True
        if not self.gone:
            self.connection.answer(self, octets)

    async def _next(self) -> None:
        if not self.told:
            self.told = True
            if self._expects():
                self.connection.write(_CONTINUE)
        self.connection.read_on()
        self.waiting = asyncio.get_running_loop().create_future()
        await self.waiting

    def _expects(self) -> bool:
        """Tell whether the peer waits for leave to send its body; one of HTTP/1.0 does not know of that."""
        sent = b",".join(value.lower() for name, value in self.fields if name == b"expect")
        return self.version != "1.0" and b"100-continue" in map(bytes.strip, sent.split(b","))


def whole(status: int, fields: Headers, body: bytes) -> bytes:
    """Return an answer's octets; ValueError for a field that would end itself, and so begin another."""
    lines = [STATUS_LINE[status], *map(b": ".join, fields)]
    head = b"".join(lines)
    if CR in head or LF in head or NUL in head:
        raise ValueError("a header field has a character that would end it")
    return b"\r\n".join((*lines, b"", body))
