"""One JSON object a line, written by a thread: the server never waits for its log (OWASP ASVS 16.2, 16.4.1).

Lines are gathered in a bounded queue; when it is full, lines are dropped and counted. Every string is
escaped by JSON; what we did not make up ourselves is shortened and freed from what looks like a secret.
"""

import json
import logging
import re
import threading
import traceback
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from time import sleep
from typing import Any, BinaryIO

import orjson

from limen.http.application import Exchange
from limen.http.redaction import NAMES, REDACTED, redact
from limen.http.response import Response
from limen.ports.world import Clock

Line = dict[str, Any]

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_LONGEST, _LONGEST_TRACE = 512, 16_384
_GATHER = 0.05
_PIPE = 4096  # PIPE_BUF of Linux
_SERVER_FAULT = 500
# What terminals and editors act on without showing it: C1 controls, direction marks, line separators.
_INVISIBLE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Log:
    """Implements `ports.events.Events` and `Witness`; before `start` and after `stop` it writes at once."""

    def __init__(self, stream: BinaryIO, clock: Clock, *, level: str = "info", limit: int = 10_000) -> None:
        self._stream, self._clock, self._limit = stream, clock, limit
        self._least = LEVELS[level]
        self._lines: deque[bytes] = deque()
        self._dropped = 0
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopping = False

    async def start(self) -> None:
        """Begin to write in a thread; after a fork, in the child."""
        self._stopping = False
        self._thread = threading.Thread(target=self._write_on, name="log", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what is left."""
        if self._thread is not None:
            self._stopping = True
            self._wake.set()
            self._thread.join(timeout=2)
            self._thread = None
        self._drain()

    def emit(self, name: str, /, **facts: object) -> None:
        """Write that something happened; `level` among the facts is the line's."""
        level = str(facts.pop("level", "info"))
        line = {"time": self._clock.now(), "level": level, "event": name}
        for fact, value in facts.items():
            line[fact] = REDACTED if fact in NAMES else _fact(value)
        self._put(line)

    def answered(self, exchange: Exchange, response: Response, seconds: float) -> None:
        """Write the access line: the route, never the URL; for refusals the reason as well."""
        match, head, message = exchange.match, exchange.head, exchange.message
        if match is not None and match.route.quiet and not response.error:
            return
        line: Line = {"time": self._clock.now(), "level": "info", "event": "request"}
        if response.status >= _SERVER_FAULT:
            line["level"] = "error"
        line["reference"] = exchange.reference
        line["status"], line["ms"] = response.status, round(seconds * 1000, 2)
        if match is not None:
            line["route"], line["tenant"] = match.route.path, match.tenant.name
        if head is not None:
            line["method"], line["source"] = head.method, head.source
        if message is not None and (client_id := message.one("client_id")):
            line["client_id"] = _fact(client_id)
        if response.error:
            line["error"], line["detail"] = response.error, _fact(response.detail)
        self._put(line)

    def broken(self, exchange: Exchange, fault: BaseException) -> None:
        """Write what broke, with the way there but without values."""
        trace = "".join(traceback.format_exception(fault))[-_LONGEST_TRACE:]
        self._put(
            {
                "time": self._clock.now(),
                "level": "error",
                "event": "fault",
                "reference": exchange.reference,
                "exception": redact(trace),
            }
        )

    def put_nowait(self, record: logging.LogRecord) -> None:
        """Take a record of the standard library's logging: this object is the queue of a QueueHandler."""
        self._put(
            {
                "time": self._clock.now(),
                "level": record.levelname.lower(),
                "event": "library",
                "logger": record.name,
                "message": _fact(record.getMessage()),
            }
        )

    def _put(self, line: Line) -> None:
        if LEVELS.get(line["level"], _SERVER_FAULT) < self._least:
            return
        if len(self._lines) >= self._limit:
            self._dropped += 1
            return
        # Encoded here and now: a thread that encodes a batch would hold the interpreter for milliseconds.
        self._lines.append(encode(line))
        if self._thread is None:
            self._drain()
        elif not self._wake.is_set():
            self._wake.set()

    def _write_on(self) -> None:
        while not self._stopping:
            self._wake.wait()
            if not self._stopping:
                sleep(_GATHER)  # one write for all that comes meanwhile
            self._wake.clear()
            self._drain()

    def _drain(self) -> None:
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        if self._dropped:
            lost = {"level": "warning", "event": "log.dropped", "lines": self._dropped}
            lines.append(encode({"time": self._clock.now(), **lost}))
            self._dropped = 0
        try:
            for chunk in _chunks(lines):
                self._stream.write(chunk)
                self._stream.flush()
        except (OSError, ValueError):  # a full disk or a closed pipe must not stop the server
            self._dropped += len(lines)


def _chunks(lines: list[bytes]) -> Iterator[bytes]:
    """Join lines, but never to more than a pipe takes at once: other workers write to it as well."""
    chunk = b""
    for line in lines:
        if chunk and len(chunk) + len(line) > _PIPE:
            yield chunk
            chunk = b""
        chunk += line
    if chunk:
        yield chunk


def attach(log: Log) -> None:
    """Let what libraries log go through `log`."""
    from logging.handlers import QueueHandler  # noqa: PLC0415 -- costs start-up time where no server runs

    root = logging.getLogger()
    root.handlers[:] = [QueueHandler(log)]  # type: ignore[arg-type]  # a handler only puts
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of each malformed request


def encode(line: Line) -> bytes:
    """Return one line of JSON, in which nothing can begin another line or drive a terminal."""
    line["time"] = _written(line["time"])
    try:
        text = orjson.dumps(line)
    except TypeError:  # lone surrogates, enormous integers
        text = json.dumps(line).encode()
    if not text.isascii() or b"\x7f" in text:
        text = _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text.decode()).encode()
    return text + b"\n"


@lru_cache(maxsize=4)
def _written(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def _fact(value: object) -> int | float | str | None:
    """Return what may be logged of what we did not make up: a number, or short text without secrets."""
    if value is None or isinstance(value, int | float):
        return value
    text = redact(value if isinstance(value, str) else str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
