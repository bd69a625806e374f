"""Addresses that proxies tell of: Forwarded (RFC 7239) and X-Forwarded-For."""

import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PAIR = re.compile(rf'[ \t]*(?P<name>{_TOKEN})=(?:(?P<token>{_TOKEN})|"(?P<quoted>(?:[^"\\]|\\.)*)")[ \t]*')
_PORT = re.compile(r"[0-9]{1,5}")
Hop = Address | None


def read_forwarded(value: str) -> list[Hop]:
    """Return the `for` of each element, oldest hop first; None where it names no address.

    Anything that is no Forwarded field reads as one unknown hop, so that nobody's word is taken for it.
    """
    hops: list[Hop] = []
    named: str | None = None
    position = 0
    while True:
        found = _PAIR.match(value, position)
        if found is None:
            return [None]
        if found["name"].lower() == "for":
            named = found["token"] or re.sub(r"\\(.)", r"\1", found["quoted"] or "")
        position = found.end()
        end = position == len(value)
        separator = "," if end else value[position]
        if separator not in ",;":
            return [None]
        if separator == ",":
            hops.append(None if named is None else read_address(named))
            named = None
        if end:
            return hops
        position += 1


def read_list(value: str) -> list[Hop]:
    """Return the addresses of X-Forwarded-For, oldest hop first; None where one is unreadable."""
    return [read_address(part.strip(" \t")) for part in value.split(",")]


def read_address(text: str) -> Hop:
    """Return the address of a node, without its port; None when it is hidden, unknown or malformed."""
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not _is_port(port.removeprefix(":"))):
            return None
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
        if not _is_port(port):
            return None
    else:
        host = text
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    # ::ffff:192.0.2.1 and 192.0.2.1 are one peer; limits and rules must not see two.
    return getattr(address, "ipv4_mapped", None) or address


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None
