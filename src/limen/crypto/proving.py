"""The proof, at each start, that the master keys are those the store was made with (NIST SP 800-57 §5.3).

A wrong master key must stop the server: new keys in place of those that do not open would orphan every
token and every stored secret. So each master key in use has a canary, and no server starts that cannot
open them all. The one of an older master key goes last, when nothing else is closed by it.
"""

from limen.crypto.master import MasterKey, Place
from limen.model.key import Key
from limen.ports.storage import Add, Remove, Storage

_NOBODY = ""  # the tenant that canaries belong to
_FIRST = "canary"


async def prove(storage: Storage, master: MasterKey, *, now: int) -> None:
    """Return when `master` opens what is stored, leaving a canary for the next start; else WrongMasterKey."""
    canaries = await storage.keys(_NOBODY)
    for key in canaries or await _keys(storage):
        master.unwrap(key.envelope, Place.of(key))
    if any(master.is_current(canary.envelope) for canary in canaries):
        return
    # Of servers that begin a store with different master keys one alone may win: they want the same row.
    kid = f"{_FIRST}-{master.name}" if canaries else _FIRST
    if await storage.commit(Add(_canary(kid, master, now))) is not None:
        for canary in await storage.keys(_NOBODY):
            master.unwrap(canary.envelope, Place.of(canary))


async def retire_older(storage: Storage, master: MasterKey) -> bool:
    """Let servers start without older master keys; not, and False, while one of them still closes a key."""
    if not all(master.is_current(key.envelope) for key in await _keys(storage)):
        return False
    older = [key for key in await storage.keys(_NOBODY) if not master.is_current(key.envelope)]
    for canary in older:
        await storage.commit(Remove(canary))
    return True


async def _keys(storage: Storage) -> list[Key]:
    return [key for tenant in await storage.tenants() for key in await storage.keys(tenant.tenant_id)]


def _canary(kid: str, master: MasterKey, now: int) -> Key:
    return Key(
        tenant_id=_NOBODY,
        kid=kid,
        use="canary",
        alg="A256GCM",
        state="active",
        envelope=master.wrap(b"limen", Place(_NOBODY, "key", kid)),
        created_at=now,
        activated_at=now,
    )
