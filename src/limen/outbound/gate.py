"""Which addresses of strangers may be called (OWASP SSRF; RFC 3986 for what a URL may look like).

A URL is judged three times: as text, when its name has been resolved, and when a socket is about to
connect. Names an operator lists may be anywhere; networks an operator lists may be reached by any name.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from yarl import URL

from limen.protocol.addresses import Network, is_address, is_public, is_within, parse_network

HTTPS_PORT = 443
_LONGEST = 2_048
_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # ASCII without space and backslash
# A dot between any two labels: were it optional, one text could be cut in exponentially many ways.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Blocked(Exception):
    """The address may not be called; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The rules with an operator's exceptions: hosts (`name`, `name:port`) and networks."""

    hosts: frozenset[tuple[str, int]]
    networks: tuple[Network, ...]

    def target(self, text: str) -> URL:
        """Return the URL when its text is acceptable; Blocked otherwise."""
        if len(text) > _LONGEST or not _PRINTABLE.fullmatch(text) or "#" in text:
            raise Blocked("the URL is malformed")
        try:
            url = URL(text, encoded=True)
            host, port = _host(url), url.port
        except ValueError:
            raise Blocked("the URL is malformed") from None
        if "@" in url.raw_authority:
            raise Blocked("the URL contains user information")
        if url.scheme not in {"https", "http"} or not port:
            raise Blocked("the scheme is not https")
        if is_address(host):
            self._check_literal(host)
        elif not _NAME.fullmatch(host):
            raise Blocked("the host is no name")
        if url.scheme == "http" and not self._has_exceptions():
            raise Blocked("the scheme is not https")
        return url

    def check(self, url: URL, addresses: Sequence[str]) -> None:
        """Refuse with Blocked unless every address the name has may be called."""
        if not addresses:
            raise Blocked("the host has no address")
        for address in addresses:
            self._check_address(url, address)

    def _check_address(self, url: URL, address: str) -> None:
        host, port = _host(url), url.port or 0
        is_allowed = (host, port) in self.hosts or any(is_within(address, n) for n in self.networks)
        if url.scheme == "http":
            # Only for development, and only on this machine.
            if not (is_allowed and _is_loopback(address)):
                raise Blocked("the scheme is not https")
        elif not is_allowed:
            if port != HTTPS_PORT:
                raise Blocked(f"port {port} is not allowed")
            if not is_public(address):
                raise Blocked(f"{address} is not public")

    def _check_literal(self, host: str) -> None:
        if not any(is_within(host.strip("[]"), network) for network in self.networks):
            raise Blocked("the host is an address")

    def _has_exceptions(self) -> bool:
        return bool(self.hosts or self.networks)


def make_gate(allow: Sequence[str]) -> Gate:
    """Read an operator's exceptions; ValueError for one that is neither host nor network."""
    hosts: set[tuple[str, int]] = set()
    networks: list[Network] = []
    for text in allow:
        if network := parse_network(text):
            networks.append(network)
            continue
        name, _, port = text.lower().partition(":")
        if not _NAME.fullmatch(name) or (port and not port.isdigit()):
            raise ValueError(f"{text!r} is neither a host, a host:port nor a network")
        hosts.add((name, int(port or HTTPS_PORT)))
    return Gate(frozenset(hosts), tuple(networks))


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver once for every address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(info[4][0]) for info in found))


def _host(url: URL) -> str:
    """Return the host as it is asked for: an international name in its ASCII form (RFC 5891 §4.4)."""
    return (url.raw_host or "").lower()


def _is_loopback(address: str) -> bool:
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    return ip.is_loopback
