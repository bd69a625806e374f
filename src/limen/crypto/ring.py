"""One tenant's keys, ready for use: signers by algorithm, verifiers by kid, the JWK Set (RFC 7517 §5)."""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc import jwk

from limen.crypto import base64url
from limen.crypto.encryption import DecryptionKey
from limen.crypto.master import MasterKey, Place
from limen.crypto.material import load_private
from limen.crypto.sealing import Sealer, SealingKey
from limen.crypto.signatures import SIGNING_ALGORITHMS, Sign, pair
from limen.model.key import Key
from limen.ports.world import Entropy

_PUBLISHED = ("active", "next", "retiring")


class Signer:
    """An active signing key with its encoded headers; claims in, compact JWS out (RFC 7515 §7.1)."""

    __slots__ = ("_alg", "_headers", "_kid", "_sign")

    def __init__(self, alg: str, kid: str, sign: Sign) -> None:
        self._alg, self._kid, self._sign = alg, kid, sign
        self._headers: dict[str, bytes] = {}

    def __call__(self, typ: str, claims: Mapping[str, Any]) -> str:
        header = self._headers.get(typ) or self._header(typ)
        signed = header + base64url.octets(orjson.dumps(claims))
        return (signed + b"." + base64url.octets(self._sign(signed))).decode()

    def _header(self, typ: str) -> bytes:
        members = {"alg": self._alg, "kid": self._kid} | ({"typ": typ} if typ else {})
        header = base64url.octets(orjson.dumps(members)) + b"."
        self._headers[typ] = header
        return header


class Verifier(NamedTuple):
    """A published signing key: the one algorithm it may have signed with, and the check."""

    alg: str
    verify: Callable[[bytes, bytes], bool]


class Ring:
    """Built once from a tenant's records; never changes afterwards."""

    def __init__(self, tenant_id: str, keys: Iterable[Key], master: MasterKey, entropy: Entropy) -> None:
        self.records = tuple(keys)
        live = [key for key in self.records if key.state in _PUBLISHED]
        # Any worker must choose the same key, whatever order the store answers in.
        live.sort(key=_order)
        self._master = master
        self.signers: dict[str, Signer] = {}
        self.verifiers: dict[str, Verifier] = {}
        for key in live:
            if key.use == "sig":
                self._add_signing(key)
        self.decryption = tuple(self._decryption(key) for key in live if key.use == "enc")
        self.algorithms = tuple(alg for alg in SIGNING_ALGORITHMS if alg in self.signers)
        self.jwks = {"keys": [_published(key) for key in live if key.public_jwk]}
        self.sealer, self.store_sealer = self._sealers(tenant_id, entropy)
        self._pairwise = self._open(_the("pairwise", live))

    def pairwise(self, text: str) -> str:
        """Return the keyed digest of `text`."""
        return base64url.encode(hmac.digest(self._pairwise, text.encode(), "sha256"))

    def _open(self, key: Key) -> bytes:
        return self._master.unwrap(key.envelope, Place.of(key))

    def _add_signing(self, key: Key) -> None:
        made = pair(key.alg, load_private(self._open(key)))
        self.verifiers[key.kid] = Verifier(key.alg, made.verify)
        if key.state == "active" and key.alg not in self.signers:
            self.signers[key.alg] = Signer(key.alg, key.kid, made.sign)

    def _decryption(self, key: Key) -> DecryptionKey:
        private = load_private(self._open(key))
        if isinstance(private, RSAPrivateKey):
            return DecryptionKey(key.kid, key.alg, jwk.RSAKey.import_key(private))
        if isinstance(private, EllipticCurvePrivateKey):
            return DecryptionKey(key.kid, key.alg, jwk.ECKey.import_key(private))
        raise LookupError(key.alg)

    def _sealers(self, tenant_id: str, entropy: Entropy) -> tuple[Sealer, Sealer]:
        """Return the sealer of what expires, and the one of what is stored and outlives rotation."""
        every = {
            key.kid: SealingKey(_index(key), self._open(key)) for key in self.records if key.use == "seal"
        }
        current = {k.kid: every[k.kid] for k in self.records if k.use == "seal" and k.state != "retired"}
        active = current[_the("seal", self.records).kid]
        return (
            Sealer(tenant_id, active, {key.index: key for key in current.values()}, entropy),
            Sealer(tenant_id, active, {key.index: key for key in every.values()}, entropy),
        )


def _order(key: Key) -> tuple[int, bool, int, int, str]:
    """Active first, and RS256 before all: a simple relying party takes the first key of the set."""
    common = SIGNING_ALGORITHMS.index(key.alg) if key.use == "sig" else 0
    return _PUBLISHED.index(key.state), key.use != "sig", common, -key.activated_at, key.kid


def _the(use: str, keys: Iterable[Key]) -> Key:
    """Return the newest active key of `use`."""
    active = [key for key in keys if (key.use, key.state) == (use, "active")]
    if not active:
        raise LookupError(f"no active key for {use}")
    return max(active, key=lambda key: (key.activated_at, key.kid))


def _published(key: Key) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(key.public_jwk or "{}")
    return members | {"kid": key.kid, "use": key.use, "alg": key.alg}


def _index(key: Key) -> int:
    return int(key.kid.removeprefix("seal-")) & 0xFF
