"""The server as clients see it: over HTTP, by discovery (OIDC Discovery §4, RFC 6749 §4.1.3)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

_PATIENCE = aiohttp.ClientTimeout(total=10)
_OK = 200


class NotDone(Exception):
    """The demonstration could not go on; `error` and `description` are the server's words, if it said any."""

    def __init__(self, what: str, *, error: str = "", description: str = "") -> None:
        super().__init__(what)
        self.what, self.error, self.description = what, error, description


@dataclass(frozen=True, slots=True)
class Timed:
    """A JSON answer and how long it took."""

    body: dict[str, Any]
    milliseconds: int


class Provider:
    """Asks the tenant at `issuer`'s address what any client may ask."""

    async def metadata(self, issuer: str) -> dict[str, Any]:
        """Return the discovery document; NotDone when it is another issuer's."""
        found = await self._ask("GET", f"{issuer}/.well-known/openid-configuration")
        if found.body.get("issuer") != issuer:
            raise NotDone("The discovery document names another issuer.")
        return found.body

    async def get(self, url: str, access_token: str = "") -> Timed:
        """Return the JSON at `url`."""
        headers = {"authorization": f"Bearer {access_token}"} if access_token else {}
        return await self._ask("GET", url, headers=headers)

    async def post(self, url: str, form: Mapping[str, str]) -> Timed:
        """Return the JSON answer to `form`."""
        return await self._ask("POST", url, data=dict(form))

    async def _ask(self, method: str, url: str, **sent: Any) -> Timed:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE) as session,
                session.request(method, url, allow_redirects=False, **sent) as answer,
            ):
                content = await answer.read()
                body = orjson.loads(content)
        except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError):
            raise NotDone(f"The server did not answer {method} {url} with JSON.") from None
        if answer.status != _OK:
            raise NotDone(
                f"The server refused {method} {url}.",
                error=str(body.get("error", answer.status)),
                description=str(body.get("error_description", "")),
            )
        return Timed(body, round((clock() - began) * 1000))
