"""The outermost guard: only what is plainly one well-formed request goes on (RFC 9110 §17, RFC 9112 §3.2).

It looks at what came over the wire, before anything is decoded: a path two programs could read in two
ways is refused rather than interpreted. The limits are docs: security, edge.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from limen.http.headers import LISTS, READ
from limen.http.proxies import Proxies
from limen.http.refused import Refused
from limen.http.response import Headers, Scope

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
MAX_FIELDS = 64
MAX_FIELD = 8_192
MAX_HEADERS = 16_384
MAX_URL = 16_384  # a route may allow less; see Route.max_url

_PLAIN = re.compile(rb"/[A-Za-z0-9._~/-]*")
_ALLOWED = re.compile(rb"/(?:[A-Za-z0-9._~!$&'()*+,:@=/-]|%[0-9A-Fa-f]{2})*")
_HIDDEN = re.compile(rb"%(?:2[fF]|5[cC]|00|2[eE]|3[bB]|25)")
_QUERY = re.compile(rb"[\x21-\x7e]*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_DOTS = frozenset({".", ".."})
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class Head(msgspec.Struct, gc=False):
    """A request whose outside is in order; `base` is our own URL for the host it was sent to."""

    method: str
    path: str
    query: bytes
    headers: dict[str, str]
    base: str
    source: str
    certificate: bytes | None
    length: int | None
    has_body: bool
    url_length: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Knows the hosts we answer for, by Host header, and the proxies we believe."""

    hosts: Mapping[str, str]
    proxies: Proxies

    def admit(self, scope: Scope) -> Head:
        """Return what may be believed of the request; or Refused."""
        method, query = scope["method"], scope["query_string"]
        if method not in METHODS:
            raise Refused(501, "the method is not known", close=True)
        raw = scope.get("raw_path") or scope["path"].encode("ascii", "replace")
        size = len(raw) + len(query)
        if size > MAX_URL:
            raise Refused(414, "the URL is too long", close=True)
        path = read_path(raw)
        if query and not _QUERY.fullmatch(query):
            raise Refused(400, "the URL has characters that must be percent-encoded")
        fields = scope["headers"]
        headers = read_headers(fields)
        base = self.hosts.get(headers.get("host", "")) or self._base(headers)
        has_body, length = _body(method, headers)
        source, certificate = self.proxies.peer(scope, fields, base)
        return Head(method, path, query, headers, base, source, certificate, length, has_body, size)

    def _base(self, headers: dict[str, str]) -> str:
        host = headers.get("host")
        if host is None:
            raise Refused(400, "the Host header is missing", close=True)
        base = self.hosts.get(host.lower())
        if base is None:
            raise Refused(421, "this server does not answer for the host", close=True)
        return base


def hosts_of(*base_urls: str) -> dict[str, str]:
    """Return every Host header that stands for one of `base_urls`, with and without the default port."""
    found: dict[str, str] = {}
    for url in base_urls:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise ValueError(f"{url} is not a base URL: scheme, host and port alone")
        default = 443 if parts.scheme == "https" else 80
        name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        if parts.port in {None, default}:
            found |= {name: url, f"{name}:{default}": url}
        else:
            found[f"{name}:{parts.port}"] = url
    return found


def read_path(raw: bytes) -> str:
    """Return the path as it was sent; Refused unless every program would read it alike."""
    # RFC 3986 §2.1: what needs no decoding cannot be decoded twice.
    if not _PLAIN.fullmatch(raw):
        if not _ALLOWED.fullmatch(raw) or _HIDDEN.search(raw):
            raise Refused(400, "the path is ambiguous")
        try:
            if not unquote_to_bytes(raw).decode().isprintable():
                raise Refused(400, "the path has control characters")
        except UnicodeDecodeError:
            raise Refused(400, "the path is not UTF-8") from None
    path = raw.decode("ascii")
    if "//" in path or ("/." in path and not _DOTS.isdisjoint(path.split("/"))):
        raise Refused(400, "the path is ambiguous")
    return path


def read_headers(fields: Headers) -> dict[str, str]:
    """Return the fields we read, by name; Refused when there are too many or one came twice."""
    if len(fields) > MAX_FIELDS:
        raise Refused(431, "the header fields are too many", close=True)
    found: dict[str, str] = {}
    total = 0
    for name, value in fields:
        total += len(name) + len(value)
        known = READ.get(name)
        if known is not None:
            text = value.decode("latin-1")
            found[known] = _joined(known, found[known], text) if known in found else text
    if total > MAX_HEADERS:
        raise Refused(431, "the header fields are too large", close=True)
    if total > MAX_FIELD and any(len(name) + len(value) > MAX_FIELD for name, value in fields):
        raise Refused(431, "a header field is too large", close=True)
    return found


def _joined(name: str, first: str, second: str) -> str:
    if name == "cookie":  # HTTP/2 splits it (RFC 9113 §8.2.3); a proxy may have passed the pieces on
        return f"{first}; {second}"
    if name in LISTS:
        return f"{first}, {second}"
    raise Refused(400, f"the header field {name} came more than once", close=True)


def _body(method: str, headers: dict[str, str]) -> tuple[bool, int | None]:
    """Return whether a body follows and its length when it was told."""
    sent = headers.get("content-length")
    chunked = "transfer-encoding" in headers
    if sent is None and not chunked:
        return False, None
    if sent is not None and (chunked or not _LENGTH.fullmatch(sent)):
        raise Refused(400, "the length of the body is unclear", close=True)
    length = int(sent) if sent is not None else None
    if method in _BODILESS and length != 0:
        raise Refused(400, f"{method} must not have a body", close=True)
    if headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "the body must not be compressed", close=True)
    return length != 0, length
