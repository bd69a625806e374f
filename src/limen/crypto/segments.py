"""Compact serializations taken apart, before any key is touched (RFC 7515 §7.1, RFC 7516 §7.1, RFC 8725).

Sizes first, then the alphabet, then the header's members; whatever is not plainly well-formed is None.
"""

from typing import Any, NamedTuple

from limen.crypto import base64url
from limen.protocol.strict_json import read_object

_LONGEST_TOKEN = 65_536
_LONGEST_HEADER = 8_192
_DOTS_JWS, _DOTS_JWE = 2, 4
# Members by which a stranger would choose the key, the rules or the amount of our work.
_FORBIDDEN = frozenset({"crit", "b64", "jku", "x5u", "x5c", "zip", "p2c", "p2s"})
_TEXTS = ("enc", "kid", "typ", "cty")

Header = dict[str, Any]


class Jws(NamedTuple):
    """A well-formed JWS, not verified."""

    header: Header
    payload: bytes
    signature: bytes
    signed: bytes  # the JWS Signing Input


class Jwe(NamedTuple):
    """A well-formed JWE, not decrypted."""

    header: Header


def split_jws(token: str, *, embedded: bool = False) -> Jws | None:
    """Take a compact JWS apart; only with `embedded` may its header carry a jwk (RFC 9449 §4.2)."""
    parts = _parts(token, _DOTS_JWS)
    if parts is None:
        return None
    header = _header(parts[0])
    if header is None or ("jwk" in header) is not embedded:
        return None
    payload, signature = base64url.decode(parts[1]), base64url.decode(parts[2])
    # An empty signature belongs to nothing but `none`.
    if payload is None or not signature:
        return None
    return Jws(header, payload, signature, f"{parts[0]}.{parts[1]}".encode())


def split_jwe(token: str) -> Jwe | None:
    """Take a compact JWE apart."""
    parts = _parts(token, _DOTS_JWE)
    if parts is None:
        return None
    header = _header(parts[0])
    if header is None or "jwk" in header or not isinstance(header.get("enc"), str):
        return None
    if any(base64url.decode(part) is None for part in parts[1:]):
        return None
    return Jwe(header)


def type_of(header: Header) -> str | None:
    """Return the header's `typ` in its short form (RFC 7515 §4.1.9)."""
    typ = header.get("typ")
    return None if typ is None else short_type(typ)


def short_type(typ: str) -> str:
    """Return a media type as RFC 7515 §4.1.9 lets it be written."""
    return typ.lower().removeprefix("application/")


def _parts(token: str, dots: int) -> list[str] | None:
    if len(token) > _LONGEST_TOKEN or token.count(".") != dots:
        return None
    parts = token.split(".")
    return parts if len(parts[0]) <= _LONGEST_HEADER else None


def _header(text: str) -> Header | None:
    raw = base64url.decode(text)
    header = read_object(raw) if raw else None
    if header is None or not isinstance(header.get("alg"), str) or not _FORBIDDEN.isdisjoint(header):
        return None
    return header if all(isinstance(header.get(name, ""), str) for name in _TEXTS) else None
