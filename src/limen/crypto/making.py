"""New key records of a tenant (RFC 7517): named so that two workers who make the same key collide.

A kid is the algorithm, a serial number and a keyed digest of both: unique among tenants, even after one
was deleted and made again, and yet the same for two workers, so that the store's Add lets one of them win.
"""

import asyncio
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from limen.crypto.master import MasterKey, Place
from limen.crypto.material import Material
from limen.model.key import Key
from limen.ports.world import Entropy

DEFAULTS = (
    ("pairwise", "HS256"),
    ("seal", "A256GCMSIV"),
    ("sig", "RS256"),
    ("sig", "ES256"),
    ("sig", "PS256"),
    ("sig", "EdDSA"),
    ("enc", "RSA-OAEP-256"),
    ("enc", "ECDH-ES"),
)
_SYMMETRIC = frozenset({"pairwise", "seal"})
Kind = tuple[str, str]  # use and alg


def missing(records: Iterable[Key]) -> tuple[Kind, ...]:
    """Return the kinds every tenant has that this one never had; a retired key is not missing."""
    had = {(key.use, key.alg) for key in records}
    return tuple(kind for kind in DEFAULTS if kind not in had)


@dataclass(frozen=True, slots=True)
class KeyMaker:
    """Makes records; `generate` is slow for RSA and runs in threads."""

    master: MasterKey
    entropy: Entropy
    generate: Callable[[str], Material]

    async def make(
        self, tenant_id: str, kinds: Sequence[Kind], records: Sequence[Key], *, state: str, now: int
    ) -> list[Key]:
        """Return new records of `kinds` beside the existing `records`."""
        materials = await asyncio.gather(*(self._material(use, alg) for use, alg in kinds))
        made = dict(zip(kinds, materials, strict=True))
        naming = self._naming(records, made.get(DEFAULTS[0]))
        keys = []
        for (use, alg), material in made.items():
            kid = _kid(use, alg, records, naming)
            key = Key(
                tenant_id=tenant_id,
                kid=kid,
                use=use,
                alg=alg,
                state=state,
                envelope=self.master.wrap(material.private, Place(tenant_id, "key", kid)),
                public_jwk=json.dumps(material.public) if material.public else None,
                created_at=now,
                activated_at=now if state == "active" else 0,
            )
            keys.append(key)
        return keys

    async def _material(self, use: str, alg: str) -> Material:
        if use in _SYMMETRIC:
            return Material(self.entropy.octets(32), {})
        return await asyncio.to_thread(self.generate, alg)

    def _naming(self, records: Iterable[Key], made: Material | None) -> bytes:
        """Return the tenant's pairwise key: the one secret that is never replaced."""
        for key in records:
            if key.use == "pairwise":
                return self.master.unwrap(key.envelope, Place.of(key))
        if made is None:
            raise LookupError("pairwise")
        return made.private


def _kid(use: str, alg: str, records: Sequence[Key], naming: bytes) -> str:
    serial = 1 + sum((key.use, key.alg) == (use, alg) for key in records)
    if use in _SYMMETRIC:
        return f"{use}-{serial}"
    digest = hmac.digest(naming, f"kid {use} {alg} {serial}".encode(), "sha256").hex()
    return f"{alg.lower()}-{serial}-{digest[:10]}"
