"""Proof Key for Code Exchange (RFC 7636, RFC 9700 §2.1.1)."""

import base64
import hashlib
import hmac
import re

from limen.errors import InvalidGrant, InvalidRequest

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_S256 = re.compile(r"[A-Za-z0-9_\-]{43}")


def challenge_s256(verifier: str) -> str:
    """Return the S256 challenge of `verifier` (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def check_challenge(challenge: str | None, method: str | None, *, required: bool, allow_plain: bool) -> str:
    """Refuse a challenge the client may not use; return its method (RFC 7636 §4.3, §4.4.1)."""
    if challenge is None:
        if required:
            raise InvalidRequest("code_challenge is required")
        if method is not None:
            raise InvalidRequest("code_challenge_method was sent without a code_challenge")
        return ""
    method = method or "plain"
    if method == "S256":
        if not _S256.fullmatch(challenge):
            raise InvalidRequest("code_challenge is not a base64url-encoded SHA-256 value")
    elif method != "plain" or not allow_plain:
        raise InvalidRequest("code_challenge_method must be S256")
    elif not _VERIFIER.fullmatch(challenge):
        raise InvalidRequest("code_challenge is malformed")
    return method


def check_verifier(verifier: str | None, *, challenge: str | None, method: str) -> None:
    """Refuse the code unless `verifier` answers `challenge` (RFC 7636 §4.6)."""
    if challenge is None:
        # RFC 9700 §4.8.2: a verifier without a challenge betrays a PKCE downgrade.
        if verifier is not None:
            raise InvalidGrant("code_verifier was sent, but the authorization request had no code_challenge")
        return
    if verifier is None:
        raise InvalidGrant("code_verifier is missing")
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant("code_verifier is malformed")
    answer = challenge_s256(verifier) if method == "S256" else verifier
    if not hmac.compare_digest(answer, challenge):
        raise InvalidGrant("code_verifier does not match the code_challenge")
