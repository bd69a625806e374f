"""Which pages' scripts may read an answer (Fetch standard §3.2, RFC 6749 §10.12).

Nobody is let in by reflection: an origin is named back, with credentials, only when a client of the
tenant registered it. Discovery and keys are for everyone, without credentials; libraries that send
credentials everywhere get their origin there as well.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from limen.http.response import Headers, Response
from limen.http.route import Route
from limen.model.tenant import Tenant

Allowed = Callable[[Tenant, str, str | None], Awaitable[bool]]

_ANYONE: Headers = [(b"access-control-allow-origin", b"*")]
_VARY = (b"vary", b"Origin")
_EXPOSED = (b"access-control-expose-headers", b"DPoP-Nonce, WWW-Authenticate, Limen-Reference, ETag")
_ACCEPTED = (
    b"access-control-allow-headers",
    b"authorization, content-type, dpop, accept, if-match, mcp-protocol-version",
)
_REMEMBERED = (b"access-control-max-age", b"600")
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """For routes that pages of others may read. It asks whose an origin is: (tenant, origin, client_id)."""

    allowed: Allowed

    def unasked(self, route: Route) -> Headers:
        """Return what `headers` says when no page of another origin asks, or one that nobody knows."""
        return [_VARY, *_ANYONE, _EXPOSED] if route.cors == "open" else [_VARY]

    async def headers(
        self, route: Route, tenant: Tenant, origin: str | None, client_id: str | None
    ) -> Headers:
        """Return what an answer of `route` tells the browser about its readers."""
        if origin is None or not await self._knows(tenant, origin, client_id):
            return self.unasked(route)
        return [
            _VARY,
            (b"access-control-allow-origin", origin.encode("ascii")),
            (b"access-control-allow-credentials", b"true"),
            _EXPOSED,
        ]

    async def preflight(self, route: Route, tenant: Tenant, origin: str | None, methods: str) -> Response:
        """Answer OPTIONS: 204, with permissions only for those who have them."""
        headers = await self.headers(route, tenant, origin, None)
        if any(name == b"access-control-allow-origin" for name, _ in headers):
            headers += [(b"access-control-allow-methods", methods.encode()), _ACCEPTED, _REMEMBERED]
        return Response(status=204, headers=headers)

    async def _knows(self, tenant: Tenant, origin: str, client_id: str | None) -> bool:
        # "null" is the origin of every sandboxed frame: it identifies nobody.
        if origin == "null" or len(origin) > _LONGEST or not origin.isascii() or not origin.isprintable():
            return False
        return await self.allowed(tenant, origin, client_id)
