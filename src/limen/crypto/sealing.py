"""Sealed values: opaque tokens that carry their own content (AES-256-GCM-SIV, RFC 8452; ADR 0020).

A sealed value is its purpose's prefix (`lm_at_` …) and base64url of: key index, nonce, ciphertext with tag.
Purpose and tenant are authenticated with it, so a value never passes for one of another kind or tenant.
"""

import hmac
from collections.abc import Mapping
from functools import cache
from struct import Struct

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

from limen.crypto import base64url
from limen.ports.world import Entropy

_LONGEST = 65_536
_SHORTEST = 1 + 12 + 16
_size = Struct(">I").pack


@cache
def prefix(purpose: str) -> str:
    """Return the prefix by which people and secret scanners recognise a purpose: at, rt, ac, cs …"""
    if not (purpose.isascii() and purpose.isalnum() and purpose.islower()):
        raise LookupError(purpose)
    return f"lm_{purpose}_"


class SealingKey:
    """One of a tenant's sealing keys; `index` is the byte that names it inside sealed values."""

    __slots__ = ("_cipher", "_nonces", "index")

    def __init__(self, index: int, key: bytes) -> None:
        self.index = index
        self._cipher = _cipher(key)
        nonce_key = hmac.digest(key, b"limen deterministic nonce", "sha256")
        # Begun once and copied for each nonce: OpenSSL is slow to begin one.
        self._nonces = hmac.new(nonce_key, digestmod="sha256")

    def seal(self, content: bytes, aad: bytes, nonce: bytes) -> bytes:
        return bytes((self.index,)) + nonce + self._cipher.encrypt(nonce, content, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes | None:
        try:
            return self._cipher.decrypt(sealed[1:13], sealed[13:], aad)
        except InvalidTag:
            return None

    def nonce_of(self, content: bytes, aad: bytes, again: bytes) -> bytes:
        """Return the nonce that the same content, place and `again` always get."""
        mac = self._nonces.copy()
        mac.update(_size(len(aad)) + aad + _size(len(again)) + again + _size(len(content)) + content)
        return mac.digest()[:12]


class Sealer:
    """All sealing keys of one tenant: the active one seals, all of them open."""

    __slots__ = ("_aads", "_active", "_entropy", "_keys", "_tenant")

    def __init__(
        self, tenant_id: str, active: SealingKey, keys: Mapping[int, SealingKey], entropy: Entropy
    ) -> None:
        self._tenant = tenant_id.encode()
        self._active, self._keys, self._entropy = active, keys, entropy
        self._aads: dict[str, bytes] = {}

    def seal(self, purpose: str, content: bytes, again: bytes | None) -> str:
        aad = self._aad(purpose)
        nonce = self._entropy.octets(12) if again is None else self._active.nonce_of(content, aad, again)
        return prefix(purpose) + base64url.encode(self._active.seal(content, aad, nonce))

    def open(self, purpose: str, sealed: str) -> bytes | None:
        start = prefix(purpose)
        if not sealed.startswith(start) or len(sealed) > _LONGEST:
            return None
        data = base64url.decode(sealed[len(start) :])
        if data is None or len(data) < _SHORTEST:
            return None
        key = self._keys.get(data[0])
        return key.open(data, self._aad(purpose)) if key else None

    def _aad(self, purpose: str) -> bytes:
        aad = self._aads.get(purpose)
        if aad is None:
            aad = self._aads[purpose] = purpose.encode() + b"\0" + self._tenant
        return aad


def _cipher(key: bytes) -> AESGCMSIV | AESGCM:
    try:
        return AESGCMSIV(key)
    except UnsupportedAlgorithm:  # an OpenSSL without it; GCM is as good while nonces do not repeat
        return AESGCM(key)
