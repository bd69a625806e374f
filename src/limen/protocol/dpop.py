"""Rules for DPoP proofs (RFC 9449 §4.3). Signature, `typ`, `alg` and the key have been checked before."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

TYPE = "dpop+jwt"
# Asymmetric alone, and without RSA PKCS #1 v1.5, which FAPI 2.0 §5.4 forbids.
ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519")
LONGEST = 8_192
MAX_AGE = 60
MAX_AHEAD = 10
NONCE_LIFE = 300
_LONGEST_JTI = 512
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The request a proof must be for. `access_token` is the token it presents, if any."""

    method: str
    url: str
    access_token: str | None
    now: int


def refusal(claims: Mapping[str, Any], request: Request) -> str | None:
    """Return why the proof is not one for this request, or None."""
    jti, iat = claims.get("jti"), claims.get("iat")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        return "jti is missing"
    if claims.get("htm") != request.method:
        return "htm is not the method of this request"
    if not is_same_url(claims.get("htu"), request.url):
        return "htu is not the URL of this request"
    if not isinstance(iat, int | float) or isinstance(iat, bool):
        return "iat is missing"
    if not request.now - MAX_AGE <= iat <= request.now + MAX_AHEAD:
        return "iat is too long ago or ahead"
    return _token(claims.get("ath"), request.access_token)


def is_same_url(htu: object, url: str) -> bool:
    """Compare as RFC 3986 §6.2.2 and §6.2.3 normalise, without query and fragment (RFC 9449 §4.3)."""
    theirs = _normal(htu) if isinstance(htu, str) else None
    return theirs is not None and theirs == _normal(url)


def ath(access_token: str) -> str:
    """Return the hash of an access token (RFC 9449 §4.2)."""
    digest = hashlib.sha256(access_token.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _token(presented: object, access_token: str | None) -> str | None:
    if access_token is None:
        return None
    if not isinstance(presented, str) or not presented.isascii():
        return "ath is missing"
    if not hmac.compare_digest(presented, ath(access_token)):
        return "ath is of another access token"
    return None


def _normal(url: str) -> tuple[str, str, int | None, str] | None:
    # What urlsplit would leave out in silence makes it no URL (RFC 3986 §2).
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if not scheme or not parts.hostname or "@" in parts.netloc:
        return None
    return scheme, parts.hostname, _DEFAULT_PORTS.get(scheme) if port is None else port, parts.path or "/"
