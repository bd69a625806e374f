"""One connection of HTTP/1.1: httptools reads it, and each request has its turn (RFC 9112 §9, RFC 6585 §5).

Everything a peer sends has a measure and a time. Each request meets this class a few times, so it does
nothing it need not: a request that comes in one piece moves no timer, and its answer is one write.
"""

import asyncio
from collections import deque
from typing import Any

import httptools
import uvicorn
from uvicorn.server import ServerState

from limen.http.client_certificate import EXTENSION
from limen.http.deadline import Deadline
from limen.http.edge import MAX_URL
from limen.http.headers import CLOSE
from limen.http.plain import plain
from limen.http.response import Headers
from limen.http.turn import Peer, Turn, whole

HEADER_TIME = 10.0
BODY_TIME = 30.0
LEAVING_TIME = 1.0
CLOSING_TIME = 10.0  # for a peer to take its last answer
MAX_HELD = 32_768  # of headers that arrive in several pieces; the edge then judges them to the byte
MAX_UNREAD = 65_536  # of a body the application has not asked for yet
MAX_WAITING = 1_000  # requests behind the one that is being answered
_HASH = ord("#")


class Wire(asyncio.Protocol):
    """What uvicorn's server makes of each connection.

    `_turn` is being answered, `_reading` has a body that is still coming; others wait in `_queue`.
    `_partial`: a request has begun, not ended; `_held`: octets that came since it, or a part of its body,
    did (`_fresh`: just now).
    """

    def __init__(self, config: uvicorn.Config, server_state: ServerState, **_: object) -> None:
        self._application: Any = config.loaded_app
        self._limit, self._patience = config.limit_concurrency, config.timeout_keep_alive
        self._state, self._loop = server_state, asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        # What follows a request that ends the connection must not spoil its answer.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._turn: Turn | None = None
        self._reading: Turn | None = None
        self._queue: deque[Turn] = deque()
        self._full = self._clogged = False  # we do not read, the peer does not
        self._partial = self._fresh = self._in_headers = self._expecting = self._known = self._leaving = False
        self._held, self._status = 0, 400
        self._deadline = Deadline(self._loop, self._overdue)

    # --- the transport's calls ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._state.connections.add(self)  # type: ignore[arg-type]
        tls = transport.get_extra_info("ssl_object")
        peer = transport.get_extra_info("peername")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        address = tuple(peer[:2]) if isinstance(peer, tuple) else None
        scheme = "http" if tls is None else "https"
        self.peer: Peer = (scheme, address, {EXTENSION: certificate} if certificate else {})
        self._deadline.expect(HEADER_TIME)

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(self)
        self._deadline.drop()
        self._queue.clear()
        for turn in (self._turn, self._reading):
            if turn is not None:
                turn.gone = True
                turn.arrived()
        del self._parser  # it holds us as we hold it

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # RFC 9110 §7.8: it may be ignored, and is
        except httptools.HttpParserError:
            self._refuse(self._status)
            return
        if self._partial:
            self._rest_must_come(len(data))

    def pause_writing(self) -> None:
        self._clogged = True

    def resume_writing(self) -> None:
        self._clogged = False
        if self._turn is None:
            self._next()

    # --- the parser's calls ---

    def on_message_begin(self) -> None:
        self._partial = self._in_headers = self._fresh = True
        self._url = b""
        self._fields: Headers = []

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > MAX_URL:
            self._status = 414
            raise ValueError("the URL is too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        # RFC 9110 §6.5.1: what follows a body is no header; no proxy has looked for what it must take away.
        if self._in_headers:
            self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if len(self._queue) >= MAX_WAITING:
            self._status = 503
            raise ValueError("too many requests at once")
        # RFC 9112 §3.2: we are no proxy, so a whole URL, an authority or * as the target is nobody's request.
        if not self._url.startswith(b"/") or _HASH in self._url:
            raise ValueError("the request target is no path")
        self._known, self._in_headers, self._expecting = True, False, False
        self._deadline.due = self._held = 0
        parser = self._parser
        version = parser.get_http_version()
        keep = parser.should_keep_alive() and version != "1.0" and not parser.should_upgrade()
        self._reading = Turn(
            connection=self,
            common=self._state.default_headers,
            version=version,
            method=parser.get_method().decode("ascii"),
            url=self._url,
            fields=self._fields,
            keep=keep and not self._leaving,
        )

    def on_body(self, body: bytes) -> None:
        self._fresh = True
        turn = self._reading
        if turn is not None and not turn.done:
            turn.body += body
            if len(turn.body) > MAX_UNREAD:
                self._stop_reading()
            turn.arrived()

    def on_message_complete(self) -> None:
        self._partial = self._expecting = False
        self._deadline.due = 0
        turn, self._reading = self._reading, None
        if turn is None:
            return
        turn.more = False
        if not turn.entered:
            self._enter(turn)
            return
        turn.arrived()
        if turn.done and self._turn is None:
            self._idle()

    # --- a turn's calls ---

    def write(self, octets: bytes) -> None:
        """Send, unless the connection is closing already."""
        if not self._transport.is_closing():
            self._transport.write(octets)

    def read_on(self) -> None:
        """Take in more from the peer."""
        if self._full:
            self._full = False
            self._transport.resume_reading()

    def answer(self, turn: Turn, octets: bytes) -> None:
        """Send an answer; then go on with the next request, or close."""
        self.write(octets)
        self._state.total_requests += 1
        self._turn = None
        if turn.keep:
            self._next()
        else:
            self._close()

    # --- the server's call ---

    def shutdown(self) -> None:
        """Let go of the connection; one that was just accepted may bring its first request before."""
        self._leaving = True
        if self._turn is not None:
            self._turn.keep = False
        elif not self._known:
            self._deadline.expect(LEAVING_TIME)
        else:
            self._close()
            # TLS waits for the peer's goodbye, and an idle client does not listen.
            self._loop.call_later(LEAVING_TIME, self._abandon)

    def _abandon(self) -> None:
        if self._transport.get_write_buffer_size() == 0:
            self._transport.abort()

    # --- turns ---

    def _enter(self, turn: Turn) -> None:
        """Let a request have its turn, now or after those before it."""
        turn.entered = True
        if self._turn is None and not self._clogged:
            self._begin(turn)
        else:
            self._queue.append(turn)
            self._stop_reading()
            if self._turn is None:
                self._idle()  # until the peer reads

    def _next(self) -> None:
        if self._queue and not self._clogged:
            self._begin(self._queue.popleft())
        elif self._queue:
            self._idle()
        else:
            if self._full:
                self.read_on()
            if not self._partial:
                self._idle()

    def _begin(self, turn: Turn) -> None:
        self._turn = turn
        state = self._state
        if self._limit is not None and max(len(state.connections), len(state.tasks) + 1) >= self._limit:
            turn.keep = False
            self._say(turn, 503)
            return
        # With a name: to make up one for each would take a fifth of what the task itself takes.
        turn.task = asyncio.Task(self._serve(turn), loop=self._loop, name="request")
        state.tasks.add(turn.task)

    async def _serve(self, turn: Turn) -> None:
        try:
            await self._application(turn.scope(), turn.receive, turn.send)
        finally:
            self._state.tasks.discard(turn.task)
            if not turn.done:
                self._say(turn, 500)

    def _say(self, turn: Turn, status: int) -> None:
        turn.answer(status, *plain(status))

    def _stop_reading(self) -> None:
        if not self._full:
            self._full = True
            self._transport.pause_reading()

    # --- measure and time ---

    def _idle(self) -> None:
        self._expecting = False
        self._deadline.expect(self._patience)

    def _rest_must_come(self, size: int) -> None:
        """A request came in part: the application may begin with it, and the peer must go on."""
        # What it began in may have held others before it.
        self._held, self._fresh = 0 if self._fresh else self._held + size, False
        if self._held > MAX_HELD:
            self._refuse(431)
            return
        if self._reading is not None and not self._reading.entered:
            self._enter(self._reading)
        if not self._expecting:
            self._expecting = True
            self._deadline.expect(HEADER_TIME if self._in_headers else BODY_TIME)

    def _overdue(self) -> None:
        if self._transport.is_closing():  # it does not read what it asked for
            self._transport.abort()
        elif self._turn is not None and self._turn is not self._reading:
            self._deadline.expect(HEADER_TIME)  # we, not the peer, keep the next request waiting
        elif self._in_headers and not self._queue:
            self._refuse(408)
        else:
            self._close()

    def _refuse(self, status: int) -> None:
        """Answer what the parser could not read; the reason is ours, the parser's words are not.

        What came before it is answered first (RFC 9112 §9.3.2), and then nothing more.
        """
        before = self._queue[-1] if self._queue else self._turn
        if before is not None and before is not self._reading:
            before.keep = False
            self._stop_reading()
            return
        if self._reading is None or not self._reading.done:
            fields, sentence = plain(status)
            self.write(whole(status, [*self._state.default_headers, *fields, CLOSE], sentence))
        self._close()

    def _close(self) -> None:
        self._queue.clear()  # nothing is done for which there will be no answer
        self._transport.close()
        self._deadline.expect(CLOSING_TIME)
