"""The master key: envelopes around all key material (AES-256-GCM, NIST SP 800-38D).

An envelope is base64url of: version, 4 bytes naming the master key, nonce, ciphertext with tag. What
it belongs to is authenticated with it, so an envelope moved to another row or tenant does not open.
"""

import hmac
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from typing import NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from limen.crypto import base64url
from limen.model.key import Key
from limen.ports.world import Entropy

_SIZE = 32
_VERSION = b"\x01"
_NAME = slice(1, 5)
_NONCE = slice(5, 17)
_BODY = slice(17, None)


class WrongMasterKey(Exception):
    """No configured master key opens what is stored: the server must not start."""


class Place(NamedTuple):
    """Where an envelope belongs."""

    tenant_id: str
    table: str
    row_id: str
    version: int = 1

    @classmethod
    def of(cls, key: Key) -> Self:
        """Return where a key's envelope belongs."""
        return cls(key.tenant_id, "key", key.kid)


class MasterKey:
    """The current master key, and older ones that still open what they closed."""

    def __init__(self, current: bytes, entropy: Entropy, *, older: Sequence[bytes] = ()) -> None:
        if any(len(key) != _SIZE for key in (current, *older)):
            raise WrongMasterKey(f"a master key must be {_SIZE} bytes")
        self._entropy = entropy
        self._current = _name(current)
        self._ciphers = {_name(key): AESGCM(key) for key in (current, *older)}

    @property
    def name(self) -> str:
        """What tells the current master key from others; it tells nothing of the key."""
        return self._current.hex()

    def wrap(self, plain: bytes, place: Place) -> str:
        """Return an envelope around `plain` that opens only for `place`."""
        nonce = self._entropy.octets(12)
        body = self._ciphers[self._current].encrypt(nonce, plain, _aad(place))
        return base64url.encode(_VERSION + self._current + nonce + body)

    def unwrap(self, envelope: str, place: Place) -> bytes:
        """Return what `wrap` was given; WrongMasterKey for anything else."""
        data = base64url.decode(envelope) or b""
        cipher = self._ciphers.get(data[_NAME])
        if cipher is None or data[:1] != _VERSION:
            raise WrongMasterKey(
                f"no master key opens {place.table} {place.row_id} of tenant {place.tenant_id!r}"
            )
        try:
            return cipher.decrypt(data[_NONCE], data[_BODY], _aad(place))
        except (InvalidTag, ValueError):
            raise WrongMasterKey(
                f"{place.table} {place.row_id} of tenant {place.tenant_id!r} was altered or misplaced"
            ) from None

    def is_current(self, envelope: str) -> bool:
        """Tell whether the envelope was made with the current master key."""
        return (base64url.decode(envelope) or b"")[_NAME] == self._current

    def rewrap(self, envelope: str, place: Place) -> str:
        """Return the same content in an envelope of the current master key."""
        return self.wrap(self.unwrap(envelope, place), place)


def read_master_key(text: str) -> bytes:
    """Return the 32 bytes a configuration value or file holds as base64; WrongMasterKey otherwise."""
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Error, ValueError):
        raise WrongMasterKey("the master key is not base64") from None
    if len(key) != _SIZE:
        raise WrongMasterKey(f"the master key has {len(key)} bytes instead of {_SIZE}")
    return key


def new_master_key(entropy: Entropy) -> str:
    """Return a new master key as the base64 text to keep in a file."""
    return base64url.encode(entropy.octets(_SIZE))


def _name(key: bytes) -> bytes:
    return hmac.digest(key, b"limen master key name", "sha256")[:4]


def _aad(place: Place) -> bytes:
    # Lengths in front: no two places share one text.
    parts = (place.tenant_id, place.table, place.row_id, str(place.version))
    return b"".join(len(raw).to_bytes(2, "big") + raw for raw in (part.encode() for part in parts))
