"""Endpoints that answer programs (RFC 6749 §5.1, RFC 6750 §3): values become JSON, refusals become errors."""

from functools import lru_cache

import msgspec

from limen.errors import ErrorToClient, OAuthError
from limen.http.errors import as_challenge, as_json
from limen.http.headers import JSON_TYPE, for_program
from limen.http.response import Headers, Response, field
from limen.http.route import Route
from limen.protocol.answer import Body
from limen.protocol.message import Message

_encode = msgspec.json.Encoder().encode


async def answer(route: Route, message: Message) -> Response:
    """Return the endpoint's answer; its refusals in the route's style."""
    try:
        given = await route.endpoint(message)
    except OAuthError as error:
        return refuse(route, message, error)
    except ErrorToClient as refused:
        return refuse(route, message, refused.error)
    secure = message.base.startswith("https:")
    if isinstance(given, Body):
        return ready(given, secure=secure)
    headers = for_program(secure=secure)
    headers.append(JSON_TYPE)
    return Response(headers=headers, body=b"" if given is None else _encode(given))


def refuse(route: Route, message: Message, error: OAuthError) -> Response:
    """Return a refusal as JSON, or as a challenge where tokens are presented."""
    return as_challenge(error, message) if route.style == "bearer" else as_json(error, message)


def ready(given: Body, *, secure: bool) -> Response:
    """Return ready bytes; what the room says of caching and the rest stands."""
    media_type = given.media_type if given.content else ""  # nothing is no JSON (RFC 9110 §8.3)
    headers = list(_ready_fields(tuple(given.headers.items()), media_type, secure))
    return Response(status=given.status, headers=headers, body=given.content)


@lru_cache(maxsize=64)  # most say one of a few things; those that say something of their own make room
def _ready_fields(said: tuple[tuple[str, str], ...], media_type: str, secure: bool) -> Headers:
    told = [field(name, value) for name, value in said]
    names = {name for name, _ in told}
    if b"cache-control" in names:
        names.add(b"pragma")
    headers = [pair for pair in for_program(secure=secure) if pair[0] not in names]
    return [*headers, *told, *([field("content-type", media_type)] if media_type else ())]
