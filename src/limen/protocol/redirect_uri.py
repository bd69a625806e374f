"""Which redirect URIs may be registered and requested (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).

Two parsers that disagree about a URI are an open redirect. So registration takes only what every
parser reads alike (RFC 3986 characters, no user information, no dot segments, ordinary hosts), and
a request is compared as a string.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from limen.errors import InvalidRedirectUri, InvalidRequest

_LIMIT = 2048
_URI = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):(?P<rest>.+)")
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_AUTHORITY = re.compile(
    r"//(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?(?P<tail>[/?].*)?"
)
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}")
_NUMERIC = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")
# Encoded, these mean a separator, a dot segment or an end of string to one reader and nothing to another.
_TREACHEROUS = re.compile(r"%(?:2[EeFf]|5[Cc])|\.\.|/\.(?:/|$)")
_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff])")
_LOOPBACK = re.compile(
    r"(?P<host>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<tail>(?:[/?].*)?)"
)
_HIGHEST_PORT = 65_535

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "[::1]", "localhost"})
# Private-use schemes without a dot that widely installed native applications own.
KNOWN_SCHEMES = frozenset({"cursor", "vscode", "vscode-insiders", "zed"})


def check_registered(uri: str, *, application_type: str, require_https: bool) -> None:
    """Refuse, with InvalidRedirectUri, a URI that must not be registered."""
    scheme, rest = _split(uri)
    if scheme in {"http", "https"}:
        host = web_host(rest)
        if host is None:
            raise InvalidRedirectUri("a redirect URI needs a plain host name, without user information")
        if scheme == "http" and require_https and host not in LOOPBACK_HOSTS:
            raise InvalidRedirectUri("a redirect URI must use https, except on the loopback interface")
    elif application_type != "native":
        raise InvalidRedirectUri("only a native application may use a redirect URI that is not https")
    else:
        _check_private(scheme, rest)


def _split(uri: str) -> tuple[str, str]:
    found = _URI.fullmatch(uri) if len(uri) <= _LIMIT else None
    if found is None:
        raise InvalidRedirectUri("a redirect URI must be an absolute URI with a lower-case scheme")
    scheme, rest = found["scheme"], found["rest"]
    if "#" in rest:  # RFC 6749 §3.1.2
        raise InvalidRedirectUri("a redirect URI must not have a fragment")
    if not _CHARACTERS.fullmatch(rest) or _CONTROL.search(rest):
        raise InvalidRedirectUri("a redirect URI must consist of characters that RFC 3986 allows")
    if _TREACHEROUS.search(rest.partition("?")[0]):
        raise InvalidRedirectUri("a redirect URI must not contain dot segments or encoded separators")
    return scheme, rest


def _check_private(scheme: str, rest: str) -> None:
    """RFC 8252 §7.1: a scheme of the application's own, a reversed domain name; never javascript:, data: …"""
    if "." not in scheme and scheme not in KNOWN_SCHEMES:
        raise InvalidRedirectUri(
            "a private-use scheme must be a reversed domain name, such as com.example.app"
        )
    if rest.startswith("//") and "@" in re.split(r"[/?]", rest[2:], maxsplit=1)[0]:
        raise InvalidRedirectUri("a redirect URI must not contain user information")
    if not _is_readable(f"{scheme}:{rest}"):
        raise InvalidRedirectUri("the host or the port of a redirect URI cannot be read")


def _is_readable(uri: str) -> bool:
    """Tell whether pages can say where it leads: brackets and ports are not as free as the rest of a host."""
    try:
        _ = urlsplit(uri).port
    except ValueError:
        return False
    return True


def web_host(rest: str) -> str | None:
    """Return the host of what follows `https:`, or None when parsers could disagree about it."""
    found = _AUTHORITY.fullmatch(rest)
    if found is None or int(found["port"] or 1) not in range(1, _HIGHEST_PORT + 1):
        return None
    host: str = found["host"]
    if host.startswith("["):
        return host if _is_ipv6(host[1:-1]) else None
    labels = host.removesuffix(".").split(".")
    if not all(labels) or any(label.startswith("-") or label.endswith("-") for label in labels):
        return None
    # A browser reads a last label that is a number as an IPv4 address, in any of its many spellings.
    if _NUMERIC.fullmatch(labels[-1]) and not _IPV4.fullmatch(host):
        return None
    return host


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def matches(requested: str, registered: str, *, native: bool = False) -> bool:
    """Compare as strings; for a native client's loopback IP literal any port will do (RFC 8252 §7.3)."""
    if requested == registered:
        return True
    if not native:
        return False
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(requested)
    if ours is None or theirs is None or int(theirs["port"] or 1) > _HIGHEST_PORT:
        return False
    return ours["host"] == theirs["host"] and ours["tail"] == theirs["tail"]


def choose(requested: str | None, registered: Sequence[str], *, native: bool) -> str:
    """Return the URI to answer to, or refuse with InvalidRequest: before this, nothing may redirect."""
    if requested is None:
        if len(registered) == 1:
            return registered[0]
        raise InvalidRequest("redirect_uri is missing", page_code="redirect_uri")
    if requested in registered or any(matches(requested, known, native=native) for known in registered):
        return requested
    raise InvalidRequest(
        "redirect_uri is not registered for this client",
        detail=f"received {requested!r}, registered: {list(registered)}",
        page_code="redirect_uri",
    )
