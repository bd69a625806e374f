"""One guarded call: resolved once, connected to what was resolved, bounded in time (RFC 9110; ADR 0022)."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from limen.outbound.gate import Blocked, Gate, Resolve
from limen.ports.events import Events
from limen.ports.outbound import Busy, FetchError

_TIMES = aiohttp.ClientTimeout(total=5, connect=2, sock_connect=2, sock_read=3)
_HEADERS = {"Accept": "application/json, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "Limen"}
_AT_ONCE = 64
_WAIT = 1  # seconds for a place among them


class Caller:
    """Calls through a gate and tells the log why a call failed; who asked learns only that it did."""

    def __init__(self, gate: Gate, *, resolve: Resolve, events: Events, ca_file: str | None) -> None:
        self._gate, self._resolve, self._events, self._ca_file = gate, resolve, events, ca_file
        self._room = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def answer(self, method: str, url: str, **more: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open the answer to a request; whatever goes wrong inside is a FetchError."""
        try:
            target = self._gate.target(url)
            async with (
                asyncio.timeout(_TIMES.total),
                self._place(),
                self._session(target) as session,
                session.request(method, target, allow_redirects=False, **more) as response,
            ):
                yield response
        except (Blocked, Busy, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            self._events.emit("fetch_failed", level="warning", host=_host(url), reason=reason)
            if isinstance(error, Busy):
                raise
            raise FetchError("the document could not be fetched") from None

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_WAIT):
                await self._room.acquire()
        except TimeoutError:
            raise Busy("too many calls are under way") from None
        try:
            yield
        finally:
            self._room.release()

    def _session(self, target: URL) -> aiohttp.ClientSession:
        def new_socket(info: aiohttp.AddrInfoType) -> socket.socket:
            # The last moment: whatever was resolved before, this is the address that gets connected.
            self._gate.check(target, [str(info[4][0])])
            return socket.socket(info[0], info[1], info[2])

        connector = aiohttp.TCPConnector(
            resolver=_CheckedResolver(self._gate, target, self._resolve),
            ssl=self._tls,
            use_dns_cache=False,
            force_close=True,
            socket_factory=new_socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=_TIMES,
            headers=_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        # What Python does from 3.13 on: RFC 5280 to the letter, and any certificate listed is trusted.
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        if self._ca_file is not None:
            context.load_verify_locations(cafile=self._ca_file)
        return context


class _CheckedResolver(AbstractResolver):
    """Answers with every address of the name or, when the gate dislikes one of them, with none."""

    def __init__(self, gate: Gate, target: URL, resolve: Resolve) -> None:
        self._gate, self._target, self._resolve = gate, target, resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._resolve(host, port)
        self._gate.check(self._target, addresses)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


def _host(url: str) -> str:
    # Paths and queries may carry what a log must not.
    try:
        return URL(url).host or ""
    except ValueError:
        return ""
