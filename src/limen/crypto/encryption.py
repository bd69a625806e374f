"""JWE for and from others, on joserfc (RFC 7516, RFC 7518 §4 and §5); the caller names what is allowed."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from joserfc import jwe, jwk
from joserfc.errors import JoseError

from limen.crypto.segments import split_jwe
from limen.protocol.algorithms import ENCRYPTION_ALGS, ENCRYPTION_ENCS

_FAILURES = (JoseError, ValueError, TypeError, KeyError, AttributeError, AssertionError, OverflowError)

EncryptionKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey


class DecryptionKey(NamedTuple):
    """One of our own private keys, with the family of algorithms it serves."""

    kid: str
    alg: str  # RSA-OAEP-256 or ECDH-ES
    key: jwk.RSAKey | jwk.ECKey


def family(alg: str) -> str:
    """Return the algorithm under which we publish a key that serves `alg`."""
    return "RSA-OAEP-256" if alg.startswith("RSA-OAEP") else "ECDH-ES"


def decrypt(
    token: str, keys: Sequence[DecryptionKey], *, algs: Sequence[str], encs: Sequence[str]
) -> str | None:
    """Return the text of a compact JWE that one of `keys` opens, or None."""
    parts = split_jwe(token)
    if parts is None:
        return None
    alg, enc, kid = parts.header["alg"], parts.header["enc"], parts.header.get("kid")
    if alg not in algs or enc not in encs or alg not in ENCRYPTION_ALGS or enc not in ENCRYPTION_ENCS:
        return None
    for key in keys:
        if key.alg == family(alg) and kid in (None, key.kid):
            plain = _decrypt(token, key.key, alg, enc)
            if plain is not None:
                return plain
    return None


def encrypt(text: str, key: EncryptionKey, header: dict[str, str]) -> str | None:
    """Return a compact JWE of `text` under `header`, or None when key and header do not fit."""
    try:
        return jwe.encrypt_compact(
            header, text.encode(), key, registry=_registry(header["alg"], header["enc"])
        )
    except _FAILURES:
        return None


def _decrypt(token: str, key: jwk.RSAKey | jwk.ECKey, alg: str, enc: str) -> str | None:
    try:
        plain = jwe.decrypt_compact(token, key, registry=_registry(alg, enc)).plaintext
        return None if plain is None else plain.decode("utf-8")
    except _FAILURES:
        return None


@cache
def _registry(alg: str, enc: str) -> jwe.JWERegistry:
    registry = jwe.JWERegistry(algorithms=[alg, enc], strict_check_header=False)
    # joserfc's limits are narrower than ours, which `segments` has applied.
    registry.max_protected_header_length = 8_192
    registry.max_ciphertext_length = 90_000
    return registry
