"""From an admitted request and its body to the Message a room sees (RFC 6749 §3.1, §3.2; RFC 9112 §6)."""

import asyncio

from limen.http.cookies import read_cookies
from limen.http.edge import Head
from limen.http.form import read_form
from limen.http.refused import Gone, Refused
from limen.http.response import Receive
from limen.http.route import Route
from limen.http.router import Match
from limen.protocol.message import NOTHING, Message, Params

BODY_TIME = 20.0
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_MEDIA_TYPES = {"form": _FORM, "json": _JSON}
_METHODS = {"HEAD": "GET"}
NOTHING_SENT: dict[str, str] = {}


def check_size(route: Route, head: Head) -> None:
    """Refuse what is longer than the route takes, as far as it is told beforehand."""
    if head.url_length > route.max_url:
        raise Refused(414, "the URL is too long", close=True)
    if head.length is not None and head.length > route.max_body:
        raise Refused(413, "the body is too large", close=True)


async def read_body(receive: Receive, route: Route, head: Head) -> bytes:
    """Return the whole body; Refused when it is too long or of another kind, Gone when the peer leaves."""
    first = await receive()
    if first["type"] != "http.request":
        raise Gone
    body: bytes = first.get("body", b"")
    if first.get("more_body", False):
        try:
            async with asyncio.timeout(BODY_TIME):
                body = await _read_rest(receive, body, route.max_body)
        except TimeoutError:
            raise Refused(408, "the body took too long", close=True) from None
    if len(body) > route.max_body:
        raise Refused(413, "the body is too large", close=True)
    wanted = _MEDIA_TYPES[route.takes]
    if body and head.headers.get("content-type") != wanted:
        _check_media_type(head.headers.get("content-type", ""), wanted)
    return body


async def _read_rest(receive: Receive, begun: bytes, limit: int) -> bytes:
    body = bytearray(begun)
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise Gone
        body += event.get("body", b"")
        if not event.get("more_body", False):
            return bytes(body)
        if len(body) > limit:
            raise Refused(413, "the body is too large", close=True)


def _check_media_type(sent: str, wanted: str) -> None:
    """Refuse a body of another kind than the route takes: a form is never guessed at."""
    kind, _, rest = sent.partition(";")
    kind, rest = kind.strip().lower(), rest.strip().lower().replace('"', "")
    if wanted == _JSON and kind.endswith("+json") and kind.startswith("application/"):
        kind = wanted
    if kind != wanted or rest not in {"", "charset=utf-8"}:
        raise Refused(415, f"the body must be {wanted}")


def build(head: Head, match: Match, body: bytes, reference: str) -> Message:
    """Return what the room sees; InvalidRequest when form or query cannot be read."""
    query = read_form(head.query) if head.query else NOTHING
    posted = head.method not in {"GET", "HEAD"}
    is_form = posted and match.route.takes == "form"
    return _message(
        head, match, reference, params=read_form(body) if is_form else query, query=query, body=body
    )


def build_bare(head: Head, match: Match, reference: str) -> Message:
    """Return the message without what was sent in it, to show a refusal with."""
    return _message(head, match, reference, params=NOTHING, query=NOTHING, body=b"")


def _message(
    head: Head, match: Match, reference: str, *, params: Params, query: Params, body: bytes
) -> Message:
    headers, tenant = head.headers, match.tenant
    cookie = headers.pop("cookie", "")
    base = head.base + match.prefix
    return Message(
        method=_METHODS.get(head.method, head.method),
        path=match.path,
        url=base + match.path,
        base=base,
        tenant=tenant,
        params=params,
        query=query,
        headers=headers,
        cookies=read_cookies(cookie, tenant.tenant_id, secure=base.startswith("https:"))
        if cookie
        else NOTHING_SENT,
        body=body,
        certificate=head.certificate,
        source=head.source,
        request_id=reference,
        args=match.args,
    )
