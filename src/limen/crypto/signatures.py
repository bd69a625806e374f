"""Our own signatures, one table for all algorithms (RFC 7518 §3, RFC 8037 §3.1).

Only for keys of this server; whatever comes from others goes through `limen.crypto.jose`.
"""

from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

SIGNING_ALGORITHMS = (
    "RS256", "ES256", "PS256", "EdDSA", "ES384", "ES512", "RS384", "RS512", "PS384", "PS512",
)  # fmt: skip

_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


class Pair(NamedTuple):
    """How to sign with one key, and how to check it."""

    sign: Sign
    verify: Verify


def pair(alg: str, private: object) -> Pair:
    """Return both directions of `alg` with `private`; LookupError when they do not fit."""
    if alg == "EdDSA" and isinstance(private, Ed25519PrivateKey):
        return Pair(private.sign, _accepting(private.public_key().verify))
    digest = _HASHES[alg[2:]]
    if alg[:2] == "ES" and isinstance(private, EllipticCurvePrivateKey):
        return _ecdsa(private, ECDSA(digest))
    if alg[:2] in {"RS", "PS"} and isinstance(private, RSAPrivateKey):
        padding = PKCS1v15() if alg[0] == "R" else PSS(MGF1(digest), digest.digest_size)
        public = private.public_key()
        return Pair(
            lambda data: private.sign(data, padding, digest),
            _accepting(lambda signature, data: public.verify(signature, data, padding, digest)),
        )
    raise LookupError(alg)


def _ecdsa(private: EllipticCurvePrivateKey, algorithm: ECDSA) -> Pair:
    public = private.public_key()
    size = (private.key_size + 7) // 8

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(private.sign(data, algorithm))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def check(signature: bytes, data: bytes) -> None:
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
        public.verify(encode_dss_signature(r, s), data, algorithm)

    return Pair(sign, _accepting(check))


def _accepting(check: Callable[[bytes, bytes], None]) -> Verify:
    def verify(signature: bytes, data: bytes) -> bool:
        try:
            check(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify
