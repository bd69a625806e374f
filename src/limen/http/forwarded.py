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
    return [read_address(element.get("for", "")) for element in _elements(value) or [{}]]


def read_scheme(value: str) -> str:
    """Return the `proto` of the nearest hop's element in lower case; '' where it tells none."""
    return (_elements(value) or [{}])[-1].get("proto", "").lower()


def _elements(value: str) -> list[dict[str, str]]:
    """Return each element's pairs by lower-case name; nothing of what is no Forwarded field."""
    elements: list[dict[str, str]] = [{}]
    position = 0
    while True:
        found = _PAIR.match(value, position)
        if found is None:
            return []
        text = found["token"] or re.sub(r"\\(.)", r"\1", found["quoted"] or "")
        elements[-1][found["name"].lower()] = text
        position = found.end()
        if position == len(value):
            return elements
        if value[position] not in ",;":
            return []
        if value[position] == ",":
            elements.append({})
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
