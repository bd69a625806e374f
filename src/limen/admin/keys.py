"""Keys: list, rotate, add an algorithm, rewrap (OIDC Core §10.1.1); material never leaves `crypto`."""

from dataclasses import dataclass

from limen.admin.operation import Actor, audit, tenant_for
from limen.admin.refusal import Conflict, Invalid
from limen.model.key import Key
from limen.ports import Ports
from limen.protocol.algorithms import SIGNING_ALGS

USES = ("sig", "enc", "seal")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKeys:
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKeys:
    """`use`: sig, enc or seal; `alg`: one algorithm's key alone."""

    tenant: str
    use: str = "sig"
    alg: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddKey:
    """A signing key for one more algorithm."""

    tenant: str
    alg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewrapKeys:
    """Those of all tenants: the master key is the server's."""


async def list_keys(command: ListKeys, actor: Actor, ports: Ports) -> tuple[Key, ...]:
    """Return the tenant's keys; their envelopes open nowhere but here."""
    tenant = await tenant_for(actor, "keys:read", command.tenant, ports)
    await ports.keys.load(tenant.tenant_id)
    return await ports.storage.keys(tenant.tenant_id)


async def rotate(command: RotateKeys, actor: Actor, ports: Ports) -> tuple[Key, ...]:
    """Publish successors, which take over when relying parties had time to see them.

    Raises Conflict when there is nothing to publish: an order that does nothing must not look obeyed.
    """
    tenant = await tenant_for(actor, "keys:write", command.tenant, ports)
    if command.use not in USES:
        raise Invalid(f"there is no use {command.use[:20]!a} to rotate", hint=f"choose of {', '.join(USES)}")
    await ports.keys.load(tenant.tenant_id)
    before = {key.kid for key in await ports.storage.keys(tenant.tenant_id)}
    await ports.keys.rotate(tenant.tenant_id, command.use, command.alg)
    keys = await ports.storage.keys(tenant.tenant_id)
    if before.issuperset(key.kid for key in keys):
        raise Conflict(
            "there is no active key to rotate whose successor is not waiting already",
            hint="`limen key list` tells which keys are next",
        )
    await ports.storage.commit(audit("key.rotated", actor, ports, tenant.tenant_id, use=command.use))
    return keys


async def add(command: AddKey, actor: Actor, ports: Ports) -> tuple[Key, ...]:
    """Make a signing key for an algorithm the tenant lacks."""
    tenant = await tenant_for(actor, "keys:write", command.tenant, ports)
    if command.alg not in SIGNING_ALGS:
        raise Invalid(
            f"{command.alg[:20]!a} is no signing algorithm", hint=f"choose of {', '.join(SIGNING_ALGS)}"
        )
    await ports.keys.load(tenant.tenant_id)
    await ports.keys.add(tenant.tenant_id, "sig", command.alg)
    await ports.storage.commit(audit("key.added", actor, ports, tenant.tenant_id, alg=command.alg))
    return await ports.storage.keys(tenant.tenant_id)


async def rewrap(command: RewrapKeys, actor: Actor, ports: Ports) -> int:
    """Have the current master key close every key, and return how many it had not closed.

    May be stopped at any moment and done again: until the last key is done, servers need both master keys.
    """
    del command
    actor.require("keys:write", None)
    done = 0
    for tenant in await ports.storage.tenants():
        if count := await ports.keys.rewrap(tenant.tenant_id):
            told = audit("key.rewrapped", actor, ports, tenant.tenant_id, count=str(count))
            await ports.storage.commit(told)
            done += count
    if not await ports.keys.retire_older():
        raise Conflict(
            "a key was closed by the older master key meanwhile",
            hint="restart every server with the new master key, then repeat `limen key rewrap`",
        )
    return done
