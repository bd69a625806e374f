"""Other people's public keys, taken strictly (RFC 7517, RFC 7518 §6, RFC 7638, RFC 8037, RFC 8725 §3.5).

A key is judged before joserfc sees it: only public members are read, in their one canonical text.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from joserfc import jwk
from joserfc.errors import JoseError

from limen.crypto import base64url
from limen.protocol.algorithms import plain_name

PublicKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey

_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SIZES = {"P-256": 32, "P-384": 48, "P-521": 66, "Ed25519": 32, "X25519": 32}
_CURVES = {"EC": ("P-256", "P-384", "P-521"), "OKP": ("Ed25519", "X25519")}
_SIGNATURE_CURVES = {
    "ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519",
}  # fmt: skip
# A tuple, because what a stranger calls a curve need not be hashable.
_AGREEMENT_CURVES = ("P-256", "P-384", "P-521", "X25519")
_LEAST_RSA_BITS, _MOST_RSA_BITS = 2_048, 8_192
_LEAST_EXPONENT, _MOST_EXPONENT = 3, 1 << 32
_MOST_KEYS = 50
_MOST_TRIED = 8
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


def candidates(jwks: Mapping[str, Any], alg: str, kid: str | None, use: str) -> Iterator[Mapping[str, Any]]:
    """Yield the keys of the set that may serve `alg`, at most a few; a key without kid fits any."""
    keys = jwks.get("keys")
    if not isinstance(keys, list | tuple):
        return
    tried = 0
    for key in keys[:_MOST_KEYS]:
        if not isinstance(key, Mapping) or not fits(key, alg, use):
            continue
        if kid is None or key.get("kid", kid) == kid:
            yield key
            tried += 1
            if tried == _MOST_TRIED:
                return


def fits(key: Mapping[str, Any], alg: str, use: str) -> bool:
    """Tell whether the key's own members allow `alg` for `use` (sig or enc)."""
    said = key.get("alg", alg)
    if key.get("use", use) != use or not isinstance(said, str) or plain_name(said) != plain_name(alg):
        return False
    operations = key.get("key_ops")
    if operations is not None:
        wanted = {"verify"} if use == "sig" else {"encrypt", "wrapKey", "deriveKey", "deriveBits"}
        if not isinstance(operations, list) or wanted.isdisjoint(o for o in operations if isinstance(o, str)):
            return False
    if alg.startswith(("RS", "PS")):
        return key.get("kty") == "RSA"
    if use == "sig":
        return key.get("crv") == _SIGNATURE_CURVES.get(alg, "")
    return key.get("crv") in _AGREEMENT_CURVES


def take(key: Mapping[str, Any]) -> PublicKey | None:
    """Return the public key of a JWK, or None when it is malformed or weak."""
    kty = key.get("kty")
    names = _MEMBERS.get(kty, ()) if isinstance(kty, str) else ()
    values = tuple(key.get(name) for name in names)
    if not names or not all(isinstance(value, str) for value in values):
        return None
    return _take(names, values)


def complaint(jwks: Mapping[str, Any]) -> str | None:
    """Return why a JWK Set is unacceptable, or None."""
    keys = jwks.get("keys")
    if not isinstance(keys, list | tuple):
        return "jwks has no list of keys"
    if len(keys) > _MOST_KEYS:
        return f"jwks has more than {_MOST_KEYS} keys"
    return next((reason for key in keys if (reason := _complaint(key))), None)


def is_private(key: Mapping[str, Any]) -> bool:
    """Tell whether the JWK has a member that nobody but its owner may see."""
    return not _PRIVATE.isdisjoint(key)


def thumbprint(key: Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a JWK that `take` accepts (RFC 7638 §3)."""
    members = {name: key[name] for name in _MEMBERS[key["kty"]]}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(text.encode()).digest())


def _complaint(key: object) -> str | None:
    if not isinstance(key, Mapping):
        return "jwks has a member that is no key"
    if is_private(key):
        return "jwks contains a private or symmetric key"
    kty = key.get("kty")
    if kty == "oct" or not isinstance(kty, str):
        return "jwks has a key whose kty is not for public keys"
    # RFC 7517 §5: key types that nobody here understands are left alone.
    if kty in _MEMBERS and take(key) is None:
        return f"jwks has a weak or malformed {kty} key"
    return None


@lru_cache(maxsize=1024)
def _take(names: tuple[str, ...], values: tuple[str, ...]) -> PublicKey | None:
    key = dict(zip(names, values, strict=True))
    try:
        if key["kty"] == "RSA":
            return jwk.RSAKey.import_key(dict(key)) if _is_strong(key) else None
        if not _is_on_known_curve(key):
            return None
        return jwk.ECKey.import_key(dict(key)) if key["kty"] == "EC" else jwk.OKPKey.import_key(dict(key))
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _is_strong(key: Mapping[str, str]) -> bool:
    n, e = _uint(key["n"], _MOST_RSA_BITS // 8), _uint(key["e"], 8)
    return (
        _LEAST_RSA_BITS <= n.bit_length() <= _MOST_RSA_BITS
        and _LEAST_EXPONENT <= e < _MOST_EXPONENT
        and n & e & 1 == 1
        and not _is_roca(n)
    )


def _is_roca(n: int) -> bool:
    """Tell a modulus of the broken Infineon generator by its fingerprint (CVE-2017-15361)."""
    return all(n % prime in powers for prime, powers in _ROCA)


def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(65537, exponent, prime) for exponent in range(prime - 1))


def _is_on_known_curve(key: Mapping[str, str]) -> bool:
    if key["crv"] not in _CURVES[key["kty"]]:
        return False
    size = _SIZES[key["crv"]]
    return all(len(base64url.decode(key[name]) or b"") == size for name in ("x", "y") if name in key)


_ROCA = tuple((prime, _powers(prime)) for prime in _ROCA_PRIMES)


def _uint(text: str, most: int) -> int:
    # One octet more than `most`: some implementations write a leading zero.
    raw = base64url.decode(text) if len(text) <= 2 * most else None
    return int.from_bytes(raw or b"", "big")
