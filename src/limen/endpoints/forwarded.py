"""A request that a resource server tells of when it asks about a token (RFC 7662 §2.1)."""

import base64

import msgspec

from limen.errors import InvalidRequest
from limen.protocol.message import Message


class Forwarded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What came with the token at the resource server, as far as it tells."""

    limen_certificate: str | None = None  # the client's TLS certificate: DER in base64
    limen_cookie: str | None = None  # the value of the binding's cookie
    limen_dpop: str | None = None  # the DPoP proof, with the method and URL it must be for
    limen_htm: str | None = None
    limen_htu: str | None = None


def told(message: Message, forwarded: Forwarded) -> tuple[Message, frozenset[str]]:
    """Return the request as the resource server saw it, and the binding types it lets us check."""
    headers, cookies, certificate = {}, {}, None
    kinds = set()
    if forwarded.limen_dpop is not None:
        if forwarded.limen_htm is None or forwarded.limen_htu is None:
            raise InvalidRequest("limen_dpop needs limen_htm and limen_htu")
        headers = {"dpop": forwarded.limen_dpop}
        kinds.add("dpop")
    if forwarded.limen_certificate is not None:
        certificate = _der(forwarded.limen_certificate)
        kinds.add("certificate")
    if forwarded.limen_cookie is not None:
        cookies = {"binding": forwarded.limen_cookie}
        kinds.add("cookie")
    request = msgspec.structs.replace(
        message,
        method=forwarded.limen_htm or message.method,
        url=forwarded.limen_htu or message.url,
        headers=headers,
        cookies=cookies,
        certificate=certificate,
    )
    return request, frozenset(kinds)


def _der(text: str) -> bytes:
    """Read base64, also between the colons of a Client-Cert header (RFC 9440 §2.1)."""
    try:
        return base64.b64decode(text.strip(": "), validate=True)
    except ValueError:
        raise InvalidRequest("limen_certificate is not base64") from None
