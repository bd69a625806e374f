"""uvicorn's HTTP/1.1 protocol with a clock and a measure on what peers send (RFC 9112 §9.5, RFC 6585 §5).

uvicorn waits for ever for the rest of a request, and takes headers of any size. It also keeps the client's
certificate to itself. Each request meets this class a few times, so it does nothing it need not.
"""

import asyncio
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from limen.http.client_certificate import EXTENSION
from limen.http.edge import MAX_URL
from limen.http.headers import CLOSE
from limen.http.response import AT_ONCE, Headers

HEADER_TIME = 10.0
BODY_TIME = 30.0
LEAVING_TIME = 1.0
MAX_HELD = 32_768  # of headers that arrive in several pieces; the edge then judges them to the byte
_SENTENCES = {
    400: "the request is malformed",
    408: "too slow",
    414: "the URL is too long",
    431: "too many headers",
}


class Wire(HttpToolsProtocol):
    """One connection. `_partial`: a request has begun, not ended; `_held`: octets of its headers so far."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._certificate: bytes | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._partial = self._in_headers = False
        self._held = 0
        self._status = 400
        self._leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self._certificate = tls.getpeercert(binary_form=True)
        self._expect(HEADER_TIME)

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._partial:
            if self._in_headers:
                self._held += len(data)
                if self._held > MAX_HELD:
                    self._refuse(431)
                    return
            if self._deadline is None:
                self._expect(HEADER_TIME if self._in_headers else BODY_TIME)
        elif self._deadline is None and _is_idle(self.cycle):
            # Blank lines before a request count as nothing, and must not keep the connection for ever.
            self._expect(HEADER_TIME)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._partial = self._in_headers = True
        if self._certificate is not None:
            self.scope["extensions"] = {EXTENSION: self._certificate}  # type: ignore[dict-item]

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_URL:
            self._status = 414
            raise ValueError("the URL is too long")

    def on_headers_complete(self) -> None:
        # RFC 9112 §3.2: we are no proxy, so a whole URL, an authority or * as the target is nobody's request.
        if not self.url.startswith(b"/") or b"#" in self.url:
            raise ValueError("the request target is no path")
        self._arrived()
        self._in_headers = False
        self._held = 0
        super().on_headers_complete()
        if self._leaving:
            self.cycle.keep_alive = False
        self.scope[AT_ONCE] = partial(_answer_at_once, self.cycle)  # type: ignore[literal-required]

    def on_message_complete(self) -> None:
        self._partial = False
        self._arrived()
        super().on_message_complete()

    def shutdown(self) -> None:
        """Let go of the connection; one that was just accepted may bring its first request before."""
        if self.cycle is None:
            self._leaving = True
            self._arrived()
            self._expect(LEAVING_TIME)
        else:
            super().shutdown()
            if self.transport.is_closing():
                # TLS waits for the peer's goodbye, and an idle client does not listen.
                self.loop.call_later(LEAVING_TIME, self._abandon)

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser could not read; the reason is ours, the parser's words are not."""
        self._arrived()
        sentence = f"{_SENTENCES[self._status]}\n".encode()
        lines = [STATUS_LINE[self._status]]
        lines += [b"%s: %s\r\n" % pair for pair in self.server_state.default_headers]
        lines.append(b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n" % len(sentence))
        lines += [b"connection: close\r\n\r\n", sentence]
        self.transport.write(b"".join(lines))
        self.transport.close()

    def _expect(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._overdue)

    def _arrived(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _overdue(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._in_headers:
            self._refuse(408)
        else:
            self.transport.close()

    def _abandon(self) -> None:
        if self.transport.get_write_buffer_size() == 0:
            self.transport.abort()

    def _refuse(self, status: int) -> None:
        self._status = status
        self.send_400_response("")


def _answer_at_once(cycle: RequestResponseCycle, status: int, headers: Headers, body: bytes) -> bool:
    """Write a whole answer in one piece, at a third of what uvicorn's two events cost; False: not now.

    uvicorn looks at every field for characters that would end it; here the lines are counted, once.
    """
    if cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    fields = cycle.default_headers + headers
    if CLOSE in fields:
        cycle.keep_alive = False
    elif not cycle.keep_alive:
        fields.append(CLOSE)
    head = b"".join([b"%b: %b\r\n" % pair for pair in fields])
    if head.count(b"\n") != len(fields) or head.count(b"\r") != len(fields) or b"\0" in head:
        raise ValueError("a header field has a character that would end it")
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], head, body))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def _is_idle(cycle: RequestResponseCycle | None) -> bool:
    return cycle is None or cycle.response_complete
