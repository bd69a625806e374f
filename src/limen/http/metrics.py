"""Counts and durations for Prometheus. Labels come from closed lists: no caller can add a series.

What happens is counted here, in plain numbers, and told to prometheus_client many at a time: when somebody
asks, and soon when other workers may be asked. A worker that is killed takes with it what it counted within
a hundredth of a second.
"""

import asyncio
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
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
_SOON = 0.01
_NO_ROUTE = "none"
_OTHER = "other"


def share(folder: str) -> None:
    """Let the workers forked from now on count together, in files of `folder`; call it before Metrics is."""
    os.environ[_FOLDER] = folder  # noqa: TID251 -- prometheus_client learns it in no other way


@dataclass(slots=True)
class _Tally:
    """Requests of one route and class of status; `within` counts them by the bound they stayed within."""

    seconds: float = 0.0
    within: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))


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
        self._issued = dict.fromkeys((*grant_types, _OTHER), 0)
        self._refused = dict.fromkeys((*_errors(), _OTHER), 0)
        self._answered: dict[tuple[str, int], _Tally] = {}
        self._shared = _FOLDER in os.environ  # noqa: TID251 -- see share()
        self._awaited = False
        for counter, counts in self._named():
            for name in counts:
                counter.labels(name)  # shown from the beginning, so that the first one is seen as a rise

    def answered(self, exchange: Exchange, response: Response, seconds: float) -> None:
        """Count a request; a route's path and a status class are all that tells it from others."""
        route = exchange.match.route.path if exchange.match else _NO_ROUTE
        key = (route, response.status // 100)
        tally = self._answered.get(key)
        if tally is None:
            tally = self._answered[key] = _Tally()
        tally.seconds += seconds
        tally.within[bisect_left(_SECONDS, seconds)] += 1
        if response.error:
            self._refused[response.error if response.error in self._refused else _OTHER] += 1
        if self._shared and not self._awaited:
            self._awaited = True
            asyncio.get_running_loop().call_later(_SOON, self.hand_over)

    def broken(self, exchange: Exchange, fault: BaseException) -> None:
        """Nothing more: the answer counts as a refusal with server_error."""

    def emit(self, name: str, /, **facts: object) -> None:
        """Count issued tokens by grant type."""
        if name == "token.issued":
            grant_type = str(facts.get("grant_type", ""))
            self._issued[grant_type if grant_type in self._issued else _OTHER] += 1

    async def stop(self) -> None:
        """Leave to the other workers what this one counted last."""
        self.hand_over()

    def hand_over(self) -> None:
        """Tell prometheus_client what has happened since the last time."""
        self._awaited = False
        for counter, counts in self._named():
            for name, count in counts.items():
                if count:
                    counter.labels(name).inc(count)
                    counts[name] = 0
        answered, self._answered = self._answered, {}
        for (route, status), tally in answered.items():
            self._requests.labels(route, f"{status}xx").inc(sum(tally.within))
            _add(self._seconds.labels(route), tally)

    async def __call__(self, _: Message) -> Body:
        """Answer /metrics: of this process, or of all workers when they share."""
        self.hand_over()
        if self._shared:
            await asyncio.sleep(2 * _SOON)  # what others counted before we were asked is there by then
        for _again in range(_TRIES):
            try:
                return Body(content=self._exposed(), media_type=_MEDIA_TYPE)
            except struct.error:  # a worker that is just starting has made its file, but not filled it
                await asyncio.sleep(_PAUSE)
        return Body(content=self._exposed(), media_type=_MEDIA_TYPE)

    def _exposed(self) -> bytes:
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess  # noqa: PLC0415

        registry = self._registry
        if self._shared:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _named(self) -> tuple[tuple[Any, dict[str, int]], ...]:
        return (self._tokens, self._issued), (self._refusals, self._refused)


def _add(histogram: Any, tally: _Tally) -> None:
    """Do what `observe` would, once for many; prometheus_client has no name for it."""
    histogram._sum.inc(tally.seconds)  # noqa: SLF001
    for bucket, count in zip(histogram._buckets, tally.within, strict=True):  # noqa: SLF001
        if count:
            bucket.inc(count)


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
