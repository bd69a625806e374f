"""An HTTP answer before it is written, and the writing of it (RFC 9110 §6)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

Scope = MutableMapping[str, Any]
Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

AT_ONCE = "limen.at_once"  # where our own protocol takes a whole answer in one call (limen.http.wire)
_LENGTHLESS = frozenset({204, 304})  # RFC 9110 §8.6: they would tell a length that is not theirs


class Response(msgspec.Struct, kw_only=True, gc=False):
    """Status, headers and body; `error` and `detail` are for the log and the metrics alone."""

    status: int = 200
    headers: Headers
    body: bytes = b""
    error: str = ""
    detail: str = ""


def parts(response: Response, method: str) -> tuple[int, Headers, bytes]:
    """Return status, fields and body; for HEAD no body, but the length of what GET would answer."""
    headers, body = response.headers, response.body
    if response.status not in _LENGTHLESS:
        headers.append((b"content-length", b"%d" % len(body)))
    return response.status, headers, body if method != "HEAD" else b""


async def write(response: Response, scope: Scope, send: Send) -> None:
    """Send `response` as ASGI has it."""
    status, headers, body = parts(response, scope["method"])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def field(name: str, value: str) -> tuple[bytes, bytes]:
    """Return a header field of a room's making; a value that could begin another field is a fault of ours."""
    if not value.isprintable():
        raise ValueError(f"the header {name} has a control character")
    return name.lower().encode("ascii"), value.encode("latin-1")
