"""One request on a connection, and its one answer, as ASGI has it (RFC 9112 §9.3, RFC 9110 §10.1.1)."""

import asyncio
from http import HTTPStatus
from typing import Protocol

from limen.http.headers import CLOSE
from limen.http.response import Event, Headers, Scope

_NOTHING_SAID: tuple[int, Headers] = (500, [])
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINE = {each.value: b"HTTP/1.1 %d %b" % (each, each.phrase.encode()) for each in HTTPStatus}


class Connection(Protocol):
    """What a turn asks of the connection it came over."""

    def write(self, octets: bytes) -> None: ...
    def read_on(self) -> None: ...
    def answered(self, turn: "Turn") -> None: ...


class Turn:
    """Takes in a body as it comes, and lets one whole answer out.

    `common` are the fields every answer begins with; `keep`: the connection may be used again; `more`: the
    body has not all come; `gone`: the peer left.
    """

    __slots__ = (
        "_begun", "_common", "_connection", "_told", "_waiting",
        "body", "done", "entered", "gone", "keep", "more", "scope", "task",
    )  # fmt: skip

    def __init__(self, connection: Connection, scope: Scope, common: Headers, *, keep: bool) -> None:
        self._connection, self._common = connection, common
        self.scope = scope
        self.task: asyncio.Task[None] | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._begun = _NOTHING_SAID
        self.body = b""
        self.keep = keep
        self.more = True
        self._told = self.entered = self.done = self.gone = False

    def arrived(self) -> None:
        """Wake who waits: something came, or nothing will come any more."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

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
            self._begun = (event["status"], list(event["headers"]))
        else:
            self.answer(*self._begun, event["body"])

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Write a whole answer in one piece; to a peer that left, nothing."""
        fields = self._common + headers
        if CLOSE in fields:
            self.keep = False
        elif not self.keep:
            fields.append(CLOSE)
        octets = whole(status, fields, body)
        self.done = True
        if not self.gone:
            self._connection.write(octets)
            self._connection.answered(self)

    async def _next(self) -> None:
        if not self._told:
            self._told = True
            if _expects(self.scope):
                self._connection.write(_CONTINUE)
        self._connection.read_on()
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting


def _expects(scope: Scope) -> bool:
    """Tell whether the peer waits for leave to send its body; one of HTTP/1.0 does not know what that is."""
    sent = [value.lower() for name, value in scope["headers"] if name == b"expect"]
    return b"100-continue" in sent and scope["http_version"] != "1.0"


def whole(status: int, fields: Headers, body: bytes) -> bytes:
    """Return an answer's octets; ValueError for a field that would end itself, and so begin another."""
    head = b"\r\n".join([STATUS_LINE[status], *map(b": ".join, fields)])
    # Cheaper than a look at every field: what ends lines is counted, once.
    if len(head) - len(head.translate(None, b"\r\n\0")) != 2 * len(fields):
        raise ValueError("a header field has a character that would end it")
    return b"%b\r\n\r\n%b" % (head, body)
