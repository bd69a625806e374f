"""One JSON object a line, written by a thread: no request waits for its log (OWASP ASVS 16.2, 16.4.1).

What happened is gathered in a bounded queue; when it is full, lines are dropped and counted. Lines are made
many at a time, which takes each a third of what it takes alone, but by the event loop: a thread that makes
them would fight for the interpreter.
"""

import asyncio
import logging
import os
import stat
import threading
import traceback
from collections.abc import Iterator
from time import sleep
from typing import BinaryIO

from limen.http.application import Exchange
from limen.http.log_line import LONGEST, LONGEST_TRACE, NOTHING, TRACE, Facts, LineMaker
from limen.http.redaction import redact
from limen.http.response import Response
from limen.ports.world import Clock

Told = tuple[int, str, Facts, Facts]

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_SOON, _GATHER = 0.01, 0.05
_PIPE = 4096  # PIPE_BUF of Linux: what goes through a pipe in one piece
_WHOLE = 1_048_576
_SERVER_FAULT = 500


class Log:
    """Implements `ports.events.Events` and `Witness`; before `start` and after `stop` it writes at once."""

    def __init__(self, stream: BinaryIO, clock: Clock, *, level: str = "info", limit: int = 10_000) -> None:
        self._stream, self._clock, self._limit = stream, clock, limit
        self._unheard = {name for name, weight in LEVELS.items() if weight < LEVELS[level]}
        self._told: list[Told] = []
        self._lines: list[bytes] = []
        self._encode = LineMaker().encode
        self._dropped = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awaited = False  # the loop will make lines soon
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._most = _WHOLE if _is_file(stream) else _PIPE

    async def start(self) -> None:
        """Begin to write in a thread; after a fork, in the child."""
        self._stopping = False
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write_on, name="log", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what is left."""
        if self._thread is not None:
            self._stopping = True
            self._wake.set()
            self._thread.join(timeout=2)
            if self._thread.is_alive():  # nobody reads what it writes; that must not keep us from stopping
                self._limit = 0
                return
            self._thread = self._loop = None
        self._make()
        self._write()

    def emit(self, name: str, /, **facts: object) -> None:
        """Write that something happened; `level` among the facts is the line's."""
        self._put(name, facts, facts.get("level", "info"))

    def answered(self, exchange: Exchange, response: Response, seconds: float) -> None:
        """Write the access line: the route, never the URL; for refusals the reason as well."""
        match, head, message = exchange.match, exchange.head, exchange.message
        if match is not None and match.route.quiet and not response.error:
            return
        level = "error" if response.status >= _SERVER_FAULT else "info"
        ours: Facts = {
            "level": level,
            "reference": exchange.reference,
            "status": response.status,
            "ms": int(seconds * 100_000) / 100,
        }
        facts: Facts = {}
        if match is not None:
            ours["route"], facts["tenant"] = match.route.path, match.tenant.name
        if head is not None:
            facts["method"], facts["source"] = head.method, head.source
        if message is not None and message.params and (client_id := message.one("client_id")):
            facts["client_id"] = client_id[: LONGEST + 1]  # the queue keeps no more than will be written
        if response.error:
            facts["error"], facts["detail"] = response.error, response.detail
        self._put("request", facts, level, ours)

    def broken(self, exchange: Exchange, fault: BaseException) -> None:
        """Write what broke, with the way there but without values."""
        trace = _end("".join(traceback.format_exception(fault)))
        self._put("fault", {TRACE: trace}, "error", {"level": "error", "reference": exchange.reference})

    def put_nowait(self, record: logging.LogRecord) -> None:
        """Take a record of the standard library's logging: this object is the queue of a QueueHandler."""
        text, _, trace = record.getMessage().partition("\n")  # the handler has put the trace behind it
        level = record.levelname.lower()
        facts = {"level": level, "logger": record.name, "message": text}
        if trace:
            facts[TRACE] = _end(trace)
        self._put("library", facts, level)

    def _put(self, event: str, facts: Facts, level: object, ours: Facts = NOTHING) -> None:
        if level in self._unheard:
            return
        if len(self._told) + len(self._lines) >= self._limit:
            self._dropped += 1
            return
        self._told.append((self._clock.now(), event, facts, ours))
        loop = self._loop
        if loop is None or loop.is_closed():
            self._make()
            self._write()
        elif not self._awaited:
            self._awaited = True
            # Libraries may tell something from threads of their own.
            loop.call_soon_threadsafe(loop.call_later, _SOON, self._make)

    def _make(self) -> None:
        """Turn what was told into lines."""
        self._awaited = False
        told = self._told[:]
        del self._told[: len(told)]  # one step each: what comes meanwhile comes behind
        if self._dropped:
            dropped = {"level": "warning", "lines": self._dropped}
            told.append((self._clock.now(), "log.dropped", dropped, NOTHING))
            self._dropped = 0
        encode, lines = self._encode, self._lines
        for time, event, facts, ours in told:
            try:
                lines.append(encode(time, event, facts, ours))
            except Exception:  # noqa: BLE001 -- a fact that cannot be written takes no other line with it
                self._dropped += 1
        self._wake.set()

    def _write_on(self) -> None:
        while not self._stopping:
            self._wake.wait()
            if not self._stopping:
                sleep(_GATHER)  # one write for all that comes meanwhile
            self._wake.clear()
            self._write()

    def _write(self) -> None:
        lines = self._lines[:]
        del self._lines[: len(lines)]
        try:
            for chunk in _chunks(lines, self._most):
                self._stream.write(chunk)
                self._stream.flush()
        except (OSError, ValueError):  # a full disk or a closed pipe must not stop the server
            self._dropped += len(lines)


def _is_file(stream: BinaryIO) -> bool:
    """Tell whether a write of any size stays in one piece beside those of other workers."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:
        return False


def _chunks(lines: list[bytes], most: int) -> Iterator[bytes]:
    """Join lines, but never to more than goes in one piece: other workers write as well."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        size += len(line)
        if chunk and size > most:
            yield b"".join(chunk)
            chunk, size = [], len(line)
        chunk.append(line)
    if chunk:
        yield b"".join(chunk)


def attach(log: Log) -> None:
    """Let what libraries log go through `log`."""
    from logging.handlers import QueueHandler  # noqa: PLC0415 -- costs start-up time where no server runs

    root = logging.getLogger()
    root.handlers[:] = [QueueHandler(log)]  # type: ignore[arg-type]  # a handler only puts
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of each malformed request


def _end(trace: str) -> str:
    """Return what says what broke. First without secrets: one that is cut in two no longer looks like one."""
    return redact(trace)[-LONGEST_TRACE:]
