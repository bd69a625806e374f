"""The public keys of a client: registered, or fetched from its jwks_uri (OIDC Core §10.1.1, RFC 7591 §2)."""

from collections.abc import Mapping
from typing import Any

from limen.model.client import Client
from limen.ports.outbound import Fetcher, FetchError
from limen.ports.world import Clock
from limen.protocol.seldom import Seldom

_LIMIT = 512_000
_NONE: Mapping[str, Any] = {"keys": []}


class FetchedClientKeys:
    """ports.keys.ClientKeys over the guarded fetcher, which does the caching."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher, self._clock = fetcher, clock
        self._seldom = Seldom()

    async def of(self, client: Client, *, kid: str | None = None) -> Mapping[str, Any]:
        if client.jwks is not None:
            return client.jwks
        if client.jwks_uri is None:
            return _NONE
        known = await self._fetch(client.jwks_uri, fresh=False)
        if kid is None or _has(known, kid) or not self._seldom.may_ask(client.jwks_uri, self._clock.now()):
            return known
        # The client has rotated its keys, or somebody invents kids.
        newer = await self._fetch(client.jwks_uri, fresh=True)
        return newer if newer is not _NONE else known

    async def _fetch(self, url: str, *, fresh: bool) -> Mapping[str, Any]:
        try:
            found = await self._fetcher.json(url, limit=_LIMIT, fresh=fresh)
        except FetchError:
            return _NONE
        return found if isinstance(found, dict) and isinstance(found.get("keys"), list) else _NONE


def _has(jwks: Mapping[str, Any], kid: str) -> bool:
    return any(isinstance(key, dict) and key.get("kid") == kid for key in jwks["keys"])
