"""The header fields we read, and those every answer carries (RFC 9110, RFC 6749 §5.1, RFC 6797)."""

from limen.http.response import Headers

# Rooms see these and no others, so that what a proxy or an attacker invents stays outside.
READ = {
    name.encode(): name
    for name in (
        "accept",
        "accept-language",
        "access-control-request-headers",
        "access-control-request-method",
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "dpop",
        "host",
        "hx-request",
        "if-match",
        "if-none-match",
        "oauth-client-attestation",
        "oauth-client-attestation-pop",
        "origin",
        "prefer",
        "range",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "transfer-encoding",
        "user-agent",
        "x-fapi-interaction-id",
    )
}
# RFC 9110 §5.3: fields that are lists may come in several lines; every other one may not.
LISTS = frozenset({"accept", "accept-language", "if-match", "if-none-match", "prefer", "range"})

HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")
NO_SNIFFING = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")
JSON_TYPE = (b"content-type", b"application/json")
TEXT_TYPE = (b"content-type", b"text/plain; charset=utf-8")
HTML_TYPE = (b"content-type", b"text/html; charset=utf-8")
CLOSE = (b"connection", b"close")
NOTHING_LOADS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
REFERENCE = b"limen-reference"

PROGRAM = (NO_STORE, (b"pragma", b"no-cache"), NO_SNIFFING, NOTHING_LOADS)
_PROGRAM = {False: PROGRAM, True: (*PROGRAM, HSTS)}


def for_program(*, secure: bool) -> Headers:
    """Return the fields of an answer to a program, apart from its media type."""
    return list(_PROGRAM[secure])
