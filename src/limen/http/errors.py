"""Every refusal to a program leaves through here (RFC 6749 §5.2, RFC 6750 §3, RFC 9449 §7.1)."""

import re

import msgspec

from limen.errors import (
    InvalidClient,
    InvalidDpopProof,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    TemporarilyUnavailable,
    UseDpopNonce,
)
from limen.http.headers import CLOSE, JSON_TYPE, REFERENCE, TEXT_TYPE, for_program
from limen.http.refused import Refused
from limen.http.response import Headers, Response, field
from limen.protocol import dpop
from limen.protocol.message import Message

DPOP_ALGORITHMS = " ".join(dpop.ALGORITHMS)  # RFC 9449 §7.1
_REALM = "limen"
# RFC 6749 §5.2: error_description is %x20-21 / %x23-5B / %x5D-7E.
_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5B\x5D-\x7E]")
_encode = msgspec.json.Encoder().encode
_NEEDS_TOKEN = (InvalidDpopProof, InvalidToken, UseDpopNonce)
_TOKENS = frozenset({"bearer", "dpop"})  # RFC 6750 §2.1, RFC 9449 §7.1
_UNAUTHENTICATED = 401
_CHALLENGED = frozenset({401, 403})


def plain(text: str) -> str:
    """Return `text` in the characters an error_description may have."""
    return _FORBIDDEN.sub("?", text.replace('"', "'").replace("\\", "/"))


def as_json(error: OAuthError, message: Message) -> Response:
    """RFC 6749 §5.2; RFC 7662 §2.3 for who shows a token instead of a proof of the client."""
    if isinstance(error, _NEEDS_TOKEN) and _scheme(message) in _TOKENS:
        return as_challenge(error, message)
    headers = _headers(error, message)
    # A script's request would make its browser ask the person for a name and password.
    if isinstance(error, InvalidClient) and ("origin" not in message.headers or message.authorization):
        headers.append((b"www-authenticate", f'Basic realm="{_REALM}"'.encode()))
    return _response(error, error.status, headers)


def as_challenge(error: OAuthError, message: Message) -> Response:
    """RFC 6750 §3.1; a request without any credentials learns the scheme and nothing else."""
    headers = _headers(error, message)
    status = _UNAUTHENTICATED if isinstance(error, _NEEDS_TOKEN) else error.status
    if status == _UNAUTHENTICATED and not _has_credentials(message):
        headers += _schemes("")
        return Response(status=status, headers=headers, error=error.error, detail=error.detail)
    if status in _CHALLENGED or isinstance(error, InvalidRequest):  # the errors RFC 6750 knows
        told = f', error="{error.error}", error_description="{plain(error.description)}"'
        headers += _schemes(told, only="DPoP" if _is_dpop(error, message) else "Bearer")
    return _response(error, status, headers)


def as_text(refused: Refused, *, secure: bool, reference: str) -> Response:
    """Return what HTTP itself refuses, in one line."""
    headers = [TEXT_TYPE, *for_program(secure=secure), (REFERENCE, reference.encode())]
    return Response(
        status=refused.status,
        headers=headers + transport_fields(refused),
        body=f"{refused.reason} ({reference})\n".encode(),
        error="refused",
        detail=refused.reason,
    )


def as_invalid_request(refused: Refused, *, secure: bool, reference: str) -> Response:
    """Return what HTTP itself refuses, to a client that reads JSON."""
    headers = [JSON_TYPE, *for_program(secure=secure), (REFERENCE, reference.encode())]
    return Response(
        status=refused.status,
        headers=headers + transport_fields(refused),
        body=_encode({"error": "invalid_request", "error_description": refused.reason}),
        error="invalid_request",
        detail=refused.reason,
    )


def transport_fields(refused: Refused) -> Headers:
    """Return the fields that go with a refusal in whichever form it is shown: JSON, text or a page."""
    headers: Headers = []
    if refused.allow:
        headers.append((b"allow", refused.allow.encode()))
    if refused.close:
        headers.append(CLOSE)
    return headers


def _headers(error: OAuthError, message: Message) -> Headers:
    headers = [
        *for_program(secure=message.base.startswith("https:")),
        (REFERENCE, message.request_id.encode()),
    ]
    if isinstance(error, UseDpopNonce) and error.nonce:
        headers.append(field("dpop-nonce", error.nonce))
    if isinstance(error, TemporarilyUnavailable):
        headers.append((b"retry-after", b"%d" % error.retry_after))
    return headers


def _response(error: OAuthError, status: int, headers: Headers) -> Response:
    body = {"error": error.error, "error_description": plain(error.description)}
    headers.append(JSON_TYPE)
    detail = error.detail or error.description
    return Response(status=status, headers=headers, body=_encode(body), error=error.error, detail=detail)


def _schemes(told: str, *, only: str = "") -> Headers:
    challenges = {
        "Bearer": f'Bearer realm="{_REALM}"{told}',
        "DPoP": f'DPoP realm="{_REALM}"{told}, algs="{DPOP_ALGORITHMS}"',
    }
    return [(b"www-authenticate", text.encode()) for name, text in challenges.items() if only in {"", name}]


def _has_credentials(message: Message) -> bool:
    return "authorization" in message.headers or "access_token" in message.params


def _is_dpop(error: OAuthError, message: Message) -> bool:
    return _scheme(message) == "dpop" or isinstance(error, (InvalidDpopProof, UseDpopNonce))


def _scheme(message: Message) -> str:
    return (message.authorization or "").partition(" ")[0].lower()
