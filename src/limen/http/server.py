"""Run the application on uvicorn, here or in several workers (RFC 9112; docs: operations)."""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
import uvloop

from limen.http import metrics
from limen.http.tls import Tls, context_of
from limen.http.unusable import Unusable
from limen.http.wire import Wire
from limen.http.workers import Ready, Workers

Asgi = Callable[..., Awaitable[None]]
Address = tuple[str, int]
_SELDOM = 86_400
_GARBAGE = (10_000, 10, 10)  # requests leave next to none: their values go when nobody holds them


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where and how to listen. `operations` is a second address, for health and metrics."""

    bind: Address | socket.socket
    operations: Address | socket.socket | None = None
    workers: int = 1
    tls: Tls | None = None
    backlog: int = 2048
    keep_alive: int = 75  # longer than proxies keep idle connections, so that they are the ones to close
    drain: int = 20  # seconds for requests under way when the server stops
    max_connections: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What is served: the application, the one of the operations' listener, and who wants the TLS context."""

    application: Asgi
    operations: Asgi | None = None
    on_tls: Callable[[ssl.SSLContext], None] | None = None


def serve(
    make: Callable[[], Surface], serving: Serving, *, listening: Callable[[], None] = lambda: None
) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status, or raise Unusable before anything has begun.

    `listening` is called when the addresses are ours; `make` runs in each worker, after the fork.
    """
    context = context_of(serving.tls) if serving.tls else None
    with contextlib.ExitStack() as opened:
        main = opened.enter_context(_listen(serving.bind, serving.backlog))
        operations = None
        if serving.operations is not None:
            operations = opened.enter_context(_listen(serving.operations, serving.backlog))
        listening()

        def work(ready: Ready) -> None:
            Worker(make(), serving, context).run(main, operations, ready)

        if serving.workers == 1:
            work(lambda: None)
            return 0
        metrics.share(opened.enter_context(tempfile.TemporaryDirectory(prefix="limen-metrics-")))
        return Workers(work, serving.workers, patience=serving.drain + 5).run()


@dataclass(frozen=True, slots=True)
class Worker:
    """One process's servers on one event loop."""

    surface: Surface
    serving: Serving
    context: ssl.SSLContext | None = None

    def run(self, main: socket.socket, operations: socket.socket | None, ready: Ready) -> None:
        """Serve until a signal says stop."""
        # uvicorn raises the signal again when it has stopped; the log must be written before we die of it.
        # Reloading (SIGHUP) is the supervisor's business.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _ignore)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.serve(main, operations, ready))

    async def serve(self, main: socket.socket, operations: socket.socket | None, ready: Ready) -> None:
        """Serve on both listeners; the main one starts, stops and drains."""
        server = self.server(self.surface.application, lifespan="on", ready=ready)
        if self.context is not None:
            server.config.ssl = self.context
            if self.surface.on_tls is not None:
                self.surface.on_tls(self.context)
        async with asyncio.TaskGroup() as tasks:
            beside = None
            if operations is not None and self.surface.operations is not None:
                beside = self.server(self.surface.operations, lifespan="off")
                # Signals belong to the main server alone.
                beside.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]
                tasks.create_task(beside.serve([operations]))
            await server.serve([main])
            if beside is not None:
                beside.should_exit = True

    def server(self, application: Asgi, *, lifespan: Any, ready: Ready = lambda: None) -> uvicorn.Server:
        """Return a uvicorn server with everything off that could speak, trust or log beside us."""

        async def listening() -> None:
            _settle()
            ready()

        config = uvicorn.Config(
            application,
            http=Wire,
            ws="none",
            interface="asgi3",
            lifespan=lifespan,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=self.serving.backlog,
            limit_concurrency=self.serving.max_connections,
            timeout_keep_alive=self.serving.keep_alive,
            timeout_graceful_shutdown=self.serving.drain,
            callback_notify=listening,  # called first when the server has begun to listen
            timeout_notify=_SELDOM,
        )
        config.load()
        return uvicorn.Server(config)


def _listen(where: Address | socket.socket, backlog: int) -> socket.socket:
    """Bind an address, or take a socket that was handed over."""
    if isinstance(where, socket.socket):
        where.setblocking(False)
        return where
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    try:
        made = socket.create_server(where, family=family, backlog=backlog)
    except OSError as error:
        bind = f"{where[0]}:{where[1]}"
        if error.errno == errno.EADDRINUSE:
            raise Unusable(f"{bind} is taken by another program", taken=True) from None
        reason = (error.strerror or str(error)).partition(" (while")[0]  # Python repeats the address there
        raise Unusable(f"{bind} cannot be listened on: {reason}") from None
    made.setblocking(False)
    return made


def _settle() -> None:
    """Never look for garbage among what was made to last: a whole look would hold up every request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


def _ignore(_number: int, _frame: object) -> None:
    pass
