"""The one guarded way out (ports.outbound.Fetcher; RFC 9110; ADR 0022).

https to public addresses only, no redirects, no cookies, no proxies of the environment, bounded in size
and time; one call for all who want the same document at the same time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from limen.outbound.cache import Cache
from limen.outbound.gate import Resolve, make_gate, resolve
from limen.ports.events import Events
from limen.ports.outbound import Busy, FetchError
from limen.ports.world import Clock
from limen.protocol.strict_json import read_json

if TYPE_CHECKING:
    import aiohttp

    from limen.outbound.call import Caller

_OK = 200
_Key = tuple[str, str, int]


class GuardedFetcher:
    """`allow` lists an operator's exceptions, `ca_file` an authority to trust beside the system's."""

    def __init__(
        self,
        *,
        clock: Clock,
        events: Events,
        allow: tuple[str, ...] = (),
        ca_file: str | None = None,
        resolve: Resolve = resolve,
    ) -> None:
        self._gate, self._resolve, self._events, self._ca_file = make_gate(allow), resolve, events, ca_file
        self._cache = Cache(clock)
        self._running: dict[_Key, asyncio.Task[Any]] = {}

    @cached_property
    def _caller(self) -> "Caller":
        # The client is a fifth of all a start would import, and many servers never call anybody.
        from limen.outbound.call import Caller  # noqa: PLC0415

        return Caller(self._gate, resolve=self._resolve, events=self._events, ca_file=self._ca_file)

    async def json(self, url: str, *, limit: int, fresh: bool = False) -> Any:
        key = ("json", url, limit)
        if (kept := self._cache.get(key, fresh=fresh)) is not None:
            return kept
        return await self._once(key, lambda: self._json(url, limit))

    async def text(self, url: str, *, limit: int) -> str:
        key = ("text", url, limit)
        self._cache.get(key, fresh=True)
        text: str = await self._once(key, lambda: self._text(url, limit))
        return text

    async def post(self, url: str, *, body: bytes, media_type: str, headers: Mapping[str, str]) -> int:
        sent = {**headers, "Content-Type": media_type}
        async with self._caller.answer("POST", url, data=body, headers=sent) as response:
            return response.status

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _once(self, key: _Key, fetch: Callable[[], Awaitable[Any]]) -> Any:
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._keep(key, fetch))
            self._running[key] = task
            task.add_done_callback(lambda done: self._finish(key, done))
        # A caller that goes away must not take the answer from the others.
        return await asyncio.shield(task)

    async def _keep(self, key: _Key, fetch: Callable[[], Awaitable[Any]]) -> Any:
        try:
            value = await fetch()
        except FetchError as failed:
            if not isinstance(failed, Busy):
                self._cache.put_failure(key)
            raise
        if key[0] == "json":
            self._cache.put(key, value)
        return value

    def _finish(self, key: _Key, done: asyncio.Task[Any]) -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            # Looked at here, for everybody who waited may have gone.
            done.exception()

    async def _json(self, url: str, limit: int) -> Any:
        async with self._caller.answer("GET", url) as response:
            _check(response)
            if not _is_json(response.content_type):
                raise ValueError(f"{response.content_type} is not JSON")
            value = read_json(await _read(response, limit))
            if value is None:
                raise ValueError("the body is no acceptable JSON")
            return value

    async def _text(self, url: str, limit: int) -> str:
        async with self._caller.answer("GET", url) as response:
            _check(response)
            return (await _read(response, limit)).decode("utf-8")


def _check(response: "aiohttp.ClientResponse") -> None:
    if response.status != _OK:
        raise ValueError(f"status {response.status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ValueError("the body is compressed")


def _is_json(content_type: str) -> bool:
    main, _, sub = content_type.lower().partition("/")
    return main == "application" and (sub == "json" or sub.endswith("+json"))


async def _read(response: "aiohttp.ClientResponse", limit: int) -> bytes:
    body = bytearray()
    if (response.content_length or 0) > limit:
        raise ValueError(f"more than {limit} bytes")
    async for chunk in response.content.iter_chunked(16_384):
        body += chunk
        if len(body) > limit:
            raise ValueError(f"more than {limit} bytes")
    return bytes(body)
