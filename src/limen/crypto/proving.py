"""The proof, at each start, that the master key is the one the store was made with (NIST SP 800-57 §5.3).

A wrong master key must stop the server: new keys in place of those that do not open would orphan every
token and every stored secret.
"""

from dataclasses import replace

from limen.crypto.master import CANARY, MasterKey, Place
from limen.model.key import Key
from limen.ports.storage import Add, Put, Storage


async def prove(storage: Storage, master: MasterKey, *, now: int) -> None:
    """Return when `master` opens what is stored, leaving a canary for the next start; else WrongMasterKey."""
    if await _has_good_canary(storage, master):
        return
    for tenant in await storage.tenants():
        for key in await storage.keys(tenant.tenant_id):
            master.unwrap(key.envelope, Place(key.tenant_id, "key", key.kid))
    canary = Key(
        tenant_id=CANARY.tenant_id,
        kid=CANARY.row_id,
        use="canary",
        alg="A256GCM",
        state="active",
        envelope=master.canary(),
        created_at=now,
        activated_at=now,
    )
    if await storage.commit(Add(canary)) is not None:
        # Another server started at the same moment; it must have the same master key.
        await _has_good_canary(storage, master)


async def _has_good_canary(storage: Storage, master: MasterKey) -> bool:
    for key in await storage.keys(CANARY.tenant_id):
        if key.kid == CANARY.row_id:
            master.check(key.envelope)
            if not master.is_current(key.envelope):
                await storage.commit(Put(replace(key, envelope=master.rewrap(key.envelope, CANARY))))
            return True
    return False
