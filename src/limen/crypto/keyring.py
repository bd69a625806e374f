"""The keys of all tenants over the store (ports.keys.Keys; JWS RFC 7515, rotation OIDC Core §10.1.1).

A tenant's first load makes its keys in one commit; of two workers that try at once the store lets one
win and the other reads what the winner wrote. An envelope that does not open raises WrongMasterKey.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from limen.crypto.encryption import decrypt
from limen.crypto.making import KeyMaker, Kind, missing
from limen.crypto.master import MasterKey, Place
from limen.crypto.material import Material, generate
from limen.crypto.proving import retire_older
from limen.crypto.ring import Ring
from limen.crypto.rotation import Times, advance, successors
from limen.crypto.segments import short_type, split_jws, type_of
from limen.model.key import Key
from limen.ports.keys import Claims
from limen.ports.storage import Add, Storage, Swap
from limen.ports.world import Clock, Entropy
from limen.protocol.strict_json import read_object

_FRESH = 2  # seconds until a worker looks whether another one changed the keys
_ATTEMPTS = 20
_PAUSE = 0.1
# What is stored under a seal must open after the sealing key has retired; tokens must not.
_STORED = frozenset({"cs"})


class Keyring:
    """Every tenant's keys; a tenant's `Ring` is replaced when the store tells otherwise."""

    def __init__(
        self,
        storage: Storage,
        master: MasterKey,
        *,
        clock: Clock,
        entropy: Entropy,
        times: Times | None = None,
        generate: Callable[[str], Material] = generate,
    ) -> None:
        self._storage, self._master, self._clock, self._entropy = storage, master, clock, entropy
        self._times = times or Times()
        self._maker = KeyMaker(master, entropy, generate)
        self._rings: dict[str, Ring] = {}
        self._looked: dict[str, int] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def load(self, tenant_id: str) -> None:
        if self._is_fresh(tenant_id):
            return
        async with self._lock(tenant_id):
            if not self._is_fresh(tenant_id):
                await self._look(tenant_id)

    def forget(self, tenant_id: str) -> None:
        self._looked.pop(tenant_id, None)

    def sign(self, tenant_id: str, alg: str, typ: str, claims: Claims) -> str:
        return self._rings[tenant_id].signers[alg](typ, claims)

    def algorithms(self, tenant_id: str) -> tuple[str, ...]:
        return self._rings[tenant_id].algorithms

    def jwks(self, tenant_id: str) -> Mapping[str, Any]:
        return self._rings[tenant_id].jwks

    def verify(self, tenant_id: str, token: str, *, typ: str | None) -> dict[str, Any] | None:
        jws = split_jws(token)
        if jws is None or (typ is not None and type_of(jws.header) != short_type(typ)):
            return None
        key = self._rings[tenant_id].verifiers.get(jws.header.get("kid", ""))
        # The algorithm is the key's; the header may only agree.
        if key is None or jws.header["alg"] != key.alg or not key.verify(jws.signature, jws.signed):
            return None
        return read_object(jws.payload)

    def decrypt(self, tenant_id: str, token: str, *, algs: Sequence[str], encs: Sequence[str]) -> str | None:
        return decrypt(token, self._rings[tenant_id].decryption, algs=algs, encs=encs)

    def seal(self, tenant_id: str, purpose: str, content: bytes, *, again: bytes | None = None) -> str:
        return self._rings[tenant_id].sealer.seal(purpose, content, again)

    def open(self, tenant_id: str, purpose: str, sealed: str) -> bytes | None:
        ring = self._rings[tenant_id]
        return (ring.store_sealer if purpose in _STORED else ring.sealer).open(purpose, sealed)

    def pairwise(self, tenant_id: str, text: str) -> str:
        return self._rings[tenant_id].pairwise(text)

    async def add(self, tenant_id: str, use: str, alg: str) -> None:
        """Make an active key for one more algorithm (ES384, RS512 …); nothing when there is one."""
        async with self._lock(tenant_id):
            records = await self._records(tenant_id)
            if not any((key.use, key.alg, key.state) == (use, alg, "active") for key in records):
                await self._create(tenant_id, ((use, alg),), records, state="active")
            await self._look(tenant_id)

    async def rotate(
        self, tenant_id: str, use: str, alg: str | None = None, *, times: Times | None = None
    ) -> None:
        """Publish successors of active keys of `use` (and `alg`), to take over after the lead of `times`."""
        if use == "pairwise":
            raise LookupError("a new pairwise key would make every person a stranger")
        async with self._lock(tenant_id):
            records = await self._records(tenant_id)
            kinds = [(use, known) for known in successors(records, use) if alg in {None, known}]
            await self._create(tenant_id, kinds, records, state="next")
            await self._advance(tenant_id, use, times or self._times)
            await self._look(tenant_id)

    async def rewrap(self, tenant_id: str) -> int:
        async with self._lock(tenant_id):
            for _ in range(_ATTEMPTS):
                records = await self._records(tenant_id)
                stale = [key for key in records if not self._master.is_current(key.envelope)]
                if await self._store(records, [self._rewrapped(key) for key in stale]):
                    return len(stale)
        raise LookupError(f"the keys of tenant {tenant_id} change all the time")

    async def retire_older(self) -> bool:
        return await retire_older(self._storage, self._master)

    def _lock(self, tenant_id: str) -> asyncio.Lock:
        return self._locks.setdefault(tenant_id, asyncio.Lock())

    def _is_fresh(self, tenant_id: str) -> bool:
        looked = self._looked.get(tenant_id)
        return looked is not None and abs(self._clock.now() - looked) < _FRESH

    async def _records(self, tenant_id: str) -> tuple[Key, ...]:
        return tuple(sorted(await self._storage.keys(tenant_id), key=lambda key: key.kid))

    async def _look(self, tenant_id: str) -> None:
        """Read the tenant's keys, make what it lacks, do what is due; leave a ring that is up to date."""
        for _ in range(_ATTEMPTS):
            now, records = self._clock.now(), await self._records(tenant_id)
            if lacking := missing(records):
                if not await self._create(tenant_id, lacking, records, state="active"):
                    # Another worker won; its keys may take a moment to show.
                    await asyncio.sleep(_PAUSE)
            elif due := advance(records, now, self._times):
                await self._store(records, due)
            else:
                ring = self._rings.get(tenant_id)
                if ring is None or ring.records != records:
                    self._rings[tenant_id] = Ring(tenant_id, records, self._master, self._entropy)
                self._looked[tenant_id] = now
                return
        raise LookupError(f"the keys of tenant {tenant_id} cannot be read")

    async def _advance(self, tenant_id: str, use: str, times: Times) -> None:
        for _ in range(_ATTEMPTS):
            records = [key for key in await self._records(tenant_id) if key.use == use]
            if await self._store(records, advance(records, self._clock.now(), times)):
                return

    async def _store(self, records: Iterable[Key], changed: Sequence[Key]) -> bool:
        """Store keys as they are to be, unless another worker has changed one of them: nothing gets lost."""
        before = {key.kid: key for key in records}
        if (
            not changed
            or await self._storage.commit(*(Swap(before[key.kid], key) for key in changed)) is None
        ):
            return True
        # What the other one wrote may take a moment to show.
        await asyncio.sleep(_PAUSE)
        return False

    def _rewrapped(self, key: Key) -> Key:
        return replace(key, envelope=self._master.rewrap(key.envelope, Place.of(key)))

    async def _create(
        self, tenant_id: str, kinds: Sequence[Kind], records: Sequence[Key], *, state: str
    ) -> bool:
        if not kinds:
            return True
        now = self._clock.now()
        made = await self._maker.make(tenant_id, kinds, records, state=state, now=now)
        return await self._storage.commit(*(Add(key) for key in made)) is None
