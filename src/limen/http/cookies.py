"""Logical cookies on the wire and back (RFC 6265bis; docs: security, cookies).

Rooms say `session`, `device`, `binding`, `browser_state` or `interaction:<id8>`. On the wire the name
carries the tenant, so that tenants that share a host do not share cookies, and over https the __Host-
prefix, so that no neighbouring host can set it.
"""

import hashlib
import re
from functools import lru_cache

from limen.http.response import Headers
from limen.protocol.answer import Cookie

_SHORT = {"session": "s", "device": "d", "csrf": "c", "binding": "b", "browser_state": "bs"}
_LONG = {short: name for name, short in _SHORT.items()}
_INTERACTION = "interaction:"
_VALUE = re.compile(r"[\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]*")
_NAME = re.compile(r"[A-Za-z0-9_\-]+")
_CROSS_SITE = "browser_state"
_ALIAS = "atbv"  # other servers' name of a binding's cookie; we read it and never write it


@lru_cache(maxsize=4096)
def tenant8(tenant_id: str) -> str:
    """Return what a cookie's name says of the tenant."""
    return hashlib.sha256(tenant_id.encode()).hexdigest()[:8]


def wire_name(name: str, tenant_id: str, *, secure: bool) -> str:
    """Return the physical name of the logical cookie `name`."""
    # __Host- forbids nothing that lm_bs needs, but scripts of the session iframe look it up by a plain name.
    prefix = "__Host-" if secure and name != _CROSS_SITE else ""
    if name.startswith(_INTERACTION):
        wire = f"{prefix}lm_i_{name.removeprefix(_INTERACTION)}"
    else:
        wire = f"{prefix}lm_{_SHORT.get(name, name)}_{tenant8(tenant_id)}"
    if not _NAME.fullmatch(wire):
        raise ValueError(f"no cookie can be called {name}")
    return wire


def read_cookies(header: str, tenant_id: str, *, secure: bool) -> dict[str, str]:
    """Return our cookies by logical name.

    One that came twice is nobody's, and so is one that we cannot have sent: they are dropped.
    """
    found: dict[str, str] = {}
    nobodys: set[str] = set()
    for part in header.split(";"):
        wire, _, value = part.strip(" \t").partition("=")
        if "lm_" not in wire and not wire.endswith(_ALIAS):
            continue
        name = _logical(wire, tenant8(tenant_id), secure=secure)
        if name is None:
            continue
        if name in found or not _VALUE.fullmatch(value):
            nobodys.add(name)
        found[name] = value
    for name in nobodys:
        del found[name]
    return found


def _logical(wire: str, tenant: str, *, secure: bool) -> str | None:
    bare = wire.removeprefix("__Host-")
    if bare == _ALIAS:
        return _ALIAS
    if not bare.startswith("lm_") or not _NAME.fullmatch(bare):
        return None
    kind, _, suffix = bare[3:].rpartition("_")
    if kind == "i" and suffix:
        name = _INTERACTION + suffix
    elif kind and suffix == tenant:
        name = _LONG.get(kind, kind)
    else:
        return None
    # An unprefixed name over https could have been planted by a neighbouring host.
    return name if (bare != wire) == (secure and name != _CROSS_SITE) else None


def set_cookies(cookies: tuple[Cookie, ...], tenant_id: str, *, secure: bool) -> Headers:
    """Return one Set-Cookie field for each cookie; an empty value removes it."""
    return [(b"set-cookie", _set(cookie, tenant_id, secure=secure).encode("ascii")) for cookie in cookies]


def _set(cookie: Cookie, tenant_id: str, *, secure: bool) -> str:
    if not _VALUE.fullmatch(cookie.value):
        raise ValueError(f"the value of cookie {cookie.name} cannot be sent")
    age = "0" if not cookie.value else str(cookie.lifetime or "")
    name = wire_name(cookie.name, tenant_id, secure=secure)
    return f"{name}={cookie.value}{_attributes(age, secure=secure, readable=cookie.readable)}"


@lru_cache(maxsize=256)
def _attributes(age: str, *, secure: bool, readable: bool) -> str:
    parts = ["", "Path=/"]
    if age:
        parts.append(f"Max-Age={age}")
    if secure:
        parts.append("Secure")
    if not readable:
        parts.append("HttpOnly")
    # Browsers take SameSite=None only with Secure; without TLS a development page has to do with Lax.
    parts.append("SameSite=None" if readable and secure else "SameSite=Lax")
    return "; ".join(parts)
