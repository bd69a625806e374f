"""Our own signatures, one table for all algorithms (RFC 7518 §3, RFC 8037 §3.1).

Only for keys of this server; whatever comes from others goes through `limen.crypto.jose`.
"""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

SIGNING_ALGORITHMS = (
    "RS256", "ES256", "PS256", "EdDSA", "ES384", "ES512", "RS384", "RS512", "PS384", "PS512",
)  # fmt: skip


class Pair(NamedTuple):
    """How to sign with one key, and how to check it."""

    sign: Sign
    verify: Verify


def pair(alg: str, private: object) -> Pair:
    """Return both directions of `alg` with `private`; LookupError when they do not fit."""
    if alg == "EdDSA" and isinstance(private, Ed25519PrivateKey):
        return Pair(private.sign, _accepting(private.public_key().verify))
    hash_ = _HASHES[alg[2:]]
    if alg[:2] == "ES" and isinstance(private, EllipticCurvePrivateKey):
        return _ecdsa(private, hash_)
    if alg[:2] in {"RS", "PS"} and isinstance(private, RSAPrivateKey):
        algorithm = hash_.algorithm
        padding = PKCS1v15() if alg[0] == "R" else PSS(MGF1(algorithm), algorithm.digest_size)
        return _rsa(private, hash_, padding)
    raise LookupError(alg)


class _Hash(NamedTuple):
    """A hash for signatures. hashlib computes it: `cryptography` is slow to begin one."""

    new: Callable[[bytes], Any]
    algorithm: hashes.HashAlgorithm


_HASHES = {
    "256": _Hash(hashlib.sha256, hashes.SHA256()),
    "384": _Hash(hashlib.sha384, hashes.SHA384()),
    "512": _Hash(hashlib.sha512, hashes.SHA512()),
}


def _rsa(private: RSAPrivateKey, hash_: _Hash, padding: AsymmetricPadding) -> Pair:
    public, new, hashed = private.public_key(), hash_.new, Prehashed(hash_.algorithm)
    return Pair(
        lambda data: private.sign(new(data).digest(), padding, hashed),
        _accepting(lambda signature, data: public.verify(signature, new(data).digest(), padding, hashed)),
    )


def _ecdsa(private: EllipticCurvePrivateKey, hash_: _Hash) -> Pair:
    public, new, algorithm = private.public_key(), hash_.new, ECDSA(Prehashed(hash_.algorithm))
    size = (private.key_size + 7) // 8

    def check(signature: bytes, data: bytes) -> None:
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        public.verify(encode_dss_signature(r, s), new(data).digest(), algorithm)

    return Pair(
        lambda data: r_and_s(private.sign(new(data).digest(), algorithm), size),
        _accepting(check),
    )


def r_and_s(der: bytes, size: int) -> bytes:
    """Return r and s at full length (RFC 7518 §3.4) of a DER signature made here (RFC 3279 §2.2.3)."""
    at = 3 + (der[1] >> 7)  # where the length of r stands; a long sequence has one more octet before it
    end = at + 1 + der[at]
    r, s = der[at + 1 : end], der[end + 2 :]
    return r[-size:].rjust(size, b"\0") + s[-size:].rjust(size, b"\0")


def _accepting(check: Callable[[bytes, bytes], None]) -> Verify:
    def verify(signature: bytes, data: bytes) -> bool:
        try:
            check(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify
