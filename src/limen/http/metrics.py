"""Counts and durations for Prometheus. Labels come from closed lists: no caller can add a series."""

import asyncio
import os
import struct
from collections.abc import Iterable
from typing import Any

from limen.errors import OAuthError
from limen.http.application import Exchange
from limen.http.response import Response
from limen.protocol.answer import Body
from limen.protocol.message import Message

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TRIES, _PAUSE = 5, 0.05
_NO_ROUTE = "none"
_OTHER = "other"


def share(folder: str) -> None:
    """Let the workers forked from now on count together, in files of `folder`; call it before Metrics is."""
    os.environ[_FOLDER] = folder  # noqa: TID251 -- prometheus_client learns it in no other way


class Metrics:
    """Counts what the application and the rooms tell; `limen.http.application.Witness` and Events at once."""

    def __init__(self, *, grant_types: Iterable[str] = ()) -> None:
        # Imported here: prometheus_client decides when it is imported whether processes share their counts.
        from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415

        self._registry = CollectorRegistry()
        self._requests = Counter(
            "limen_requests", "Requests answered", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "limen_request_seconds", "Time to answer", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._tokens = Counter("limen_tokens", "Token responses", ("grant_type",), registry=self._registry)
        self._refusals = Counter("limen_refusals", "Refusals", ("error",), registry=self._registry)
        self._by_grant = {name: self._tokens.labels(name) for name in (*grant_types, _OTHER)}
        self._by_error = {name: self._refusals.labels(name) for name in (*_errors(), _OTHER)}
        self._by_route: dict[tuple[str, int], tuple[Any, Any]] = {}

    def answered(self, exchange: Exchange, response: Response, seconds: float) -> None:
        """Count a request; a route's path and a status class are all that tells it from others."""
        route = exchange.match.route.path if exchange.match else _NO_ROUTE
        key = (route, response.status // 100)
        counts = self._by_route.get(key) or self._bind(key)
        counts[0].inc()
        counts[1].observe(seconds)
        if response.error:
            self._by_error.get(response.error, self._by_error[_OTHER]).inc()

    def broken(self, exchange: Exchange, fault: BaseException) -> None:
        """Nothing more: the answer counts as a refusal with server_error."""

    def emit(self, name: str, /, **facts: object) -> None:
        """Count issued tokens by grant type."""
        if name == "token.issued":
            grant_type = str(facts.get("grant_type", ""))
            self._by_grant.get(grant_type, self._by_grant[_OTHER]).inc()

    async def __call__(self, _: Message) -> Body:
        """Answer /metrics: of this process, or of all workers when they share."""
        for _again in range(_TRIES):
            try:
                return Body(content=self._exposed(), media_type=_MEDIA_TYPE)
            except struct.error:  # a worker that is just starting has made its file, but not filled it
                await asyncio.sleep(_PAUSE)
        return Body(content=self._exposed(), media_type=_MEDIA_TYPE)

    def _exposed(self) -> bytes:
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess  # noqa: PLC0415

        registry = self._registry
        if _FOLDER in os.environ:  # noqa: TID251 -- see share()
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _bind(self, key: tuple[str, int]) -> tuple[Any, Any]:
        route, status = key
        bound = (self._requests.labels(route, f"{status}xx"), self._seconds.labels(route))
        self._by_route[key] = bound
        return bound


def _errors() -> set[str]:
    """Return every code of the error family."""
    found: set[str] = {"refused"}
    kinds: list[type[OAuthError]] = [*OAuthError.__subclasses__()]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if hasattr(kind, "error"):
            found.add(kind.error)
    return found
