"""Strict readers for one member of a metadata document (RFC 7591 §2, RFC 8259).

Each takes the member's name and its value and returns it typed, or refuses with InvalidClientMetadata.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from limen.errors import InvalidClientMetadata, InvalidScope
from limen.model.scope import Scope
from limen.protocol.addresses import is_address, is_public
from limen.protocol.redirect_uri import LOOPBACK_HOSTS, web_host

_TEXT_LIMIT = 2048
_LIST_LIMIT = 100
_KEY_LIMIT = 50
_STATEMENT_LIMIT = 65_536
_HIGHEST_WHOLE = 2**31 - 1
# C0, C1, surrogates, and the marks that make text read in another order than it is written.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"(?P<scheme>https?):(?P<rest>[!-\[\]-~]+)")
_TREACHEROUS = re.compile(r"[\"<>\\^`{|}]")


def text(name: str, value: Any) -> str:
    """Read a printable string."""
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT or _UNPRINTABLE.search(value):
        raise InvalidClientMetadata(f"{name} must be a string of at most {_TEXT_LIMIT} printable characters")
    return value


def statement(name: str, value: Any) -> str:
    """Read a compact JWS, whose verification is another's duty."""
    if not isinstance(value, str) or len(value) > _STATEMENT_LIMIT or not value.isascii():
        raise InvalidClientMetadata(f"{name} must be a compact JWS")
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Read an array of different, non-empty strings."""
    if not isinstance(value, list | tuple) or len(value) > _LIST_LIMIT:
        raise InvalidClientMetadata(f"{name} must be an array of at most {_LIST_LIMIT} strings")
    items = tuple(text(name, item) for item in value)
    if not all(items) or len(set(items)) < len(items):
        raise InvalidClientMetadata(f"{name} must not contain empty or repeated values")
    return items


def flag(name: str, value: Any) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise InvalidClientMetadata(f"{name} must be true or false")
    return value


def whole(name: str, value: Any, lowest: int = 0, highest: int = _HIGHEST_WHOLE) -> int:
    """Read an integer in a range."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise InvalidClientMetadata(f"{name} must be a whole number from {lowest} to {highest}")
    return value


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Read one of a few words."""
    if not isinstance(value, str) or value not in allowed:
        raise InvalidClientMetadata(f"{name} must be one of {', '.join(allowed)}")
    return value


def choice(*allowed: str) -> Callable[[str, Any], str]:
    """Return a reader of one of these words."""
    return lambda name, value: one_of(name, value, allowed)


def scope(name: str, value: Any) -> Scope:
    """Read a space-delimited list of scope tokens (RFC 6749 §3.3)."""
    try:
        return Scope.parse(text(name, value))
    except InvalidScope:
        raise InvalidClientMetadata(f"{name} contains a character outside RFC 6749 section 3.3") from None


def jwk_set(name: str, value: Any) -> Mapping[str, Any]:
    """Read the form of a JWK Set (RFC 7517 §5); what its keys are worth, `ports.Jose.check_jwks` tells."""
    keys = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise InvalidClientMetadata(f"{name} must be a JWK Set, an object with an array of keys")
    if not 1 <= len(keys) <= _KEY_LIMIT:
        raise InvalidClientMetadata(f"{name} must hold from 1 to {_KEY_LIMIT} keys")
    return {"keys": keys}


def address(name: str, value: Any, *, development: bool, fragment: bool = False) -> str:
    """Read an https URL on a public host; a tenant for development may name loopback, by http too."""
    url = text(name, value)
    found = _ADDRESS.fullmatch(url)
    if found is None or _TREACHEROUS.search(url) or ("#" in url and not fragment):
        raise InvalidClientMetadata(f"{name} must be an https URL without a fragment")
    host = web_host(found["rest"].partition("#")[0])
    if host is None:
        raise InvalidClientMetadata(f"{name} must name a plain host, without user information")
    if not (development and host in LOOPBACK_HOSTS):
        if found["scheme"] != "https":
            raise InvalidClientMetadata(f"{name} must be an https URL")
        if is_internal(host):
            raise InvalidClientMetadata(f"{name} must not name an internal address")
    return url


def is_internal(host: str) -> bool:
    """Tell whether a host is loopback, or an address literal that is not public."""
    name = host.strip("[]").removesuffix(".")
    if is_address(name):
        return not is_public(name)
    return name == "localhost" or name.endswith((".localhost", ".local", ".internal"))
