"""One serving process: ports opened, the site built and swept, all within the server's life."""

import asyncio
import ipaddress
import itertools
import ssl
import sys
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Any, NamedTuple

from limen.admin.unused_clients import purge_unused
from limen.app.ports import open_ports
from limen.app.registered_certificates import RegisteredCertificates
from limen.app.site import Surroundings, site
from limen.config import Config, ConfigError
from limen.crypto.master import WrongMasterKey
from limen.errors import TemporarilyUnavailable
from limen.http.application import Application
from limen.http.broadcast import Broadcast
from limen.http.edge import hosts_of
from limen.http.health import Health, Operations
from limen.http.log import Log, attach
from limen.http.metrics import Metrics
from limen.http.proxies import CertificateHeader, Proxies
from limen.http.response import Receive, Scope, Send
from limen.http.route import Endpoint, Route
from limen.http.server import Surface
from limen.ports import Ports
from limen.ports.storage import EXPIRED_KEPT
from limen.protocol.registered_values import GRANT_TYPES
from limen.storage.errors import StorageError
from limen.system import SystemClock

_SWEEP_EVERY = 60
_PURGE_EVERY = 60  # sweeps: it looks at every client


class Process:
    """An ASGI application that comes to life with its event loop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._log = Log(sys.stdout.buffer, SystemClock(), level=config.log.level)
        self._metrics = Metrics(grant_types=GRANT_TYPES)
        self._opened = AsyncExitStack()
        self._ports: Ports | None = None
        self._application: Application | None = None
        self._context: ssl.SSLContext | None = None
        self._certificates: RegisteredCertificates | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def surface(self) -> Surface:
        """Return what the server serves."""
        health = Health(self._check)
        operations = Operations(health.routes(self._metrics)) if self._config.server.admin_bind else None
        return Surface(application=self, operations=operations, on_tls=self._on_tls)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._application is None or scope["type"] == "lifespan":
            return self._live(scope, receive, send)
        return self._application(scope, receive, send)  # requests await one less

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return
        try:
            self._application = await self._open()
        except (ConfigError, StorageError, TemporarilyUnavailable, WrongMasterKey) as wrong:
            why = getattr(wrong, "detail", "") or str(wrong)  # the operator's to mend: a trace would hide it
            await send({"type": "lifespan.startup.failed", "message": f"cannot start: {why}"})
            return
        await self._application(scope, receive, send)

    def _on_tls(self, context: ssl.SSLContext) -> None:
        if context.verify_mode is not ssl.CERT_NONE:
            self._context = context

    def _heard(self, topic: str, tenant_id: str, key: str) -> None:
        if self._certificates is not None:
            self._certificates.heard(topic, tenant_id, key)

    async def _open(self) -> Application:
        config = self._config
        attach(self._log)
        events = Broadcast((self._log, self._metrics))
        opening = open_ports(config, events, heard=self._heard)
        self._ports = ports = await self._opened.enter_async_context(opening)
        if self._context is not None:
            self._certificates = RegisteredCertificates(self._context, ports)
        health = Health(self._check)
        routes: list[Route] = [] if config.server.admin_bind else health.routes(self._metrics)
        demo = _demo(ports) if config.development else None
        return site(
            ports,
            Surroundings(
                hosts=hosts_of(config.issuer),
                proxies=proxies_of(config),
                routes=(*routes, *(demo.routes if demo else ())),
                home=demo.home if demo else None,
                witnesses=(self._log, self._metrics),
                on_start=(self._log.start, self._start),
                on_stop=(self._stop, self._metrics.stop, self._log.stop),
            ),
        )

    async def _check(self) -> None:
        if self._ports is None:
            raise RuntimeError("the process has not started")
        await self._ports.storage.check()

    async def _start(self) -> None:
        self._tasks.append(asyncio.create_task(self._sweep()))
        if self._certificates is not None:
            await self._certificates.load()
            self._tasks.append(asyncio.create_task(self._certificates.follow()))

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._opened.aclose()

    async def _sweep(self) -> None:
        """Delete what has expired, now and then; a failure waits for the next turn."""
        for turn in itertools.count():
            await asyncio.sleep(_SWEEP_EVERY)
            if self._ports is None:
                return
            if self._certificates is not None:
                self._certificates.ask_again()
            try:
                await self._ports.storage.sweep(self._ports.clock.now() - EXPIRED_KEPT)
                if turn % _PURGE_EVERY == 0:
                    await purge_unused(self._ports)
            except Exception as fault:  # noqa: BLE001 -- the sweep must outlive a broken connection
                self._log.emit("sweep.failed", fault=type(fault).__name__)


def proxies_of(config: Config) -> Proxies:
    """Return whom we believe about the peer."""
    server = config.server
    header: dict[str, Any] = {}
    if server.client_certificate_header:
        name, _, form = server.client_certificate_header.lower().partition(" ")
        header = {"certificate": CertificateHeader(name=name, form=form or "rfc9440")}  # type: ignore[arg-type]
    networks = tuple(ipaddress.ip_network(text) for text in server.trusted_proxies)
    return Proxies(networks=networks, family=server.proxy_headers, **header)  # type: ignore[arg-type]


class _Demo(NamedTuple):
    routes: tuple[Route, ...]
    home: Endpoint


def _demo(ports: Ports) -> _Demo:
    from limen.demo.cast import CALLBACK, RESULT, START  # noqa: PLC0415 -- no server in earnest needs it
    from limen.demo.front import front  # noqa: PLC0415
    from limen.demo.relying_party import Demo  # noqa: PLC0415

    demo = Demo(ports.clock, ports.entropy)
    routes = (
        Route(path=START, methods=("GET",), endpoint=demo.start, style="page"),
        Route(path=CALLBACK, methods=("GET",), endpoint=demo.callback, style="page"),
        Route(path=RESULT, methods=("GET",), endpoint=demo.show, style="page"),
        Route(path=RESULT, methods=("POST",), endpoint=demo.act, style="page"),
    )
    return _Demo(routes, front)
