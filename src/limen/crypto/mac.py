"""JWS keyed by a shared secret (RFC 7518 §3.2, OIDC Core §10.1)."""

import hmac
from collections.abc import Sequence
from typing import Any

from limen.crypto.segments import split_jws
from limen.protocol.strict_json import read_object

_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_LEAST = 32


def mac(alg: str, key: bytes, data: bytes) -> bytes:
    """Return the code of `data`; LookupError for another algorithm or a short key."""
    # Below 256 bits a secret can be guessed from one token, at leisure.
    if alg not in _HASHES or len(key) < _LEAST:
        raise LookupError(alg)
    return hmac.digest(key, data, _HASHES[alg])


def verify_mac(token: str, key: bytes, *, algs: Sequence[str]) -> dict[str, Any] | None:
    """Return the claims of a JWS keyed by `key`, or None."""
    payload = authentic_payload(token, key, algs=algs)
    return None if payload is None else read_object(payload)


def authentic_payload(token: str, key: bytes, *, algs: Sequence[str]) -> bytes | None:
    """Return what was keyed by `key`, whatever it is, or None."""
    jws = split_jws(token)
    if jws is None or len(key) < _LEAST:
        return None
    alg = jws.header["alg"]
    if alg not in algs or alg not in _HASHES:
        return None
    if not hmac.compare_digest(mac(alg, key, jws.signed), jws.signature):
        return None
    return jws.payload
