"""Tenants: create with an immutable issuer, list, change, disable, delete (RFC 8414 §2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from limen.admin.merge_patch import merge_patch
from limen.admin.operation import Actor, audit, check_revision, replace_or_refuse, tenant_for
from limen.admin.refusal import Conflict, Invalid
from limen.admin.tenant_document import read_tenant, write_tenant
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Add, Remove, Replace

# One spelling only: no case, no dots, nothing to encode (attack row TN-11).
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BASE = re.compile(r"https://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
_LOOPBACK = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTenant:
    """`base_url` is the server's own; `compatible` gives the issuer its form ending in /oauth2/token."""

    name: str
    base_url: str
    display_name: str = ""
    compatible: bool = False
    development: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTenants:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NameTenant:
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateTenant:
    """`patch` is a JSON Merge Patch on the tenant's document."""

    tenant: str
    patch: Mapping[str, Any]
    revision: int | None = None


def issuer_of(base_url: str, name: str, *, compatible: bool) -> str:
    """Return the issuer a tenant gets: the base for the root, /t/{name} for the others."""
    path = f"{base_url}/t/{name}" if name else base_url
    return f"{path}/oauth2/token" if compatible else path


async def create(command: CreateTenant, actor: Actor, ports: Ports) -> Tenant:
    """Make a tenant with its keys; its issuer never changes."""
    actor.require("tenants:write", None)
    if command.name and not _NAME.fullmatch(command.name):
        raise Invalid("a tenant's name has 1 to 63 of a-z, 0-9 and -", hint="it becomes part of the address")
    if not _BASE.fullmatch(command.base_url) and not _LOOPBACK.fullmatch(command.base_url):
        raise Invalid("the base address must be https, without a path", hint="see `issuer` in limen.toml")
    now = ports.clock.now()
    tenant = Tenant(
        tenant_id=ports.entropy.identifier(),
        name=command.name,
        issuer=issuer_of(command.base_url, command.name, compatible=command.compatible),
        display_name=command.display_name or command.name,
        development=command.development,
        created_at=now,
        updated_at=now,
    )
    told = audit("tenant.created", actor, ports, tenant.tenant_id, issuer=tenant.issuer)
    taken = await ports.storage.tenant(command.name)
    if taken is not None or await ports.storage.commit(Add(tenant), told) is not None:
        raise Conflict(f"there is a tenant {command.name!r} already", hint="choose another name")
    await ports.keys.load(tenant.tenant_id)
    return tenant


async def list_tenants(command: ListTenants, actor: Actor, ports: Ports) -> tuple[Tenant, ...]:
    """Return the tenants the actor may see."""
    del command
    actor.require("tenants:read", actor.tenant)
    return tuple(t for t in await ports.storage.tenants() if actor.tenant in {None, t.name})


async def show(command: NameTenant, actor: Actor, ports: Ports) -> Tenant:
    """Return the tenant, or refuse with NotFound."""
    return await tenant_for(actor, "tenants:read", command.tenant, ports)


async def update(command: UpdateTenant, actor: Actor, ports: Ports) -> Tenant:
    """Change a tenant's settings."""
    old = await tenant_for(actor, "tenants:write", command.tenant, ports)
    check_revision(command.revision, old.revision)
    tenant = read_tenant(merge_patch(write_tenant(old), command.patch), base=old)
    for issuer in (*tenant.trusted_issuers, *tenant.registration.statement_issuers):
        if issuer.jwks is not None and (reason := ports.jose.check_jwks(issuer.jwks)):
            raise Invalid(f"trusted_issuers or statement_issuers: {issuer.issuer[:64]!a}: {reason}")
    alg = tenant.settings.access_token_signing_alg
    if alg is not None and alg not in (ours := ports.keys.algorithms(tenant.tenant_id)):
        raise Invalid(f"access_token_signing_alg {alg}: there is no such key, but {', '.join(ours)}")
    return await store_tenant(tenant, "tenant.updated", actor, ports, members=", ".join(command.patch))


async def disable(command: NameTenant, actor: Actor, ports: Ports) -> Tenant:
    """Let nothing pass for this tenant any more; what it issued stays dead (attack row TN-07)."""
    tenant = await tenant_for(actor, "tenants:write", command.tenant, ports)
    changed = replace(tenant, enabled=False, not_before=ports.clock.now() + 1)
    return await store_tenant(changed, "tenant.disabled", actor, ports)


async def enable(command: NameTenant, actor: Actor, ports: Ports) -> Tenant:
    """Let the tenant work again."""
    tenant = await tenant_for(actor, "tenants:write", command.tenant, ports)
    return await store_tenant(replace(tenant, enabled=True), "tenant.enabled", actor, ports)


async def delete(command: NameTenant, actor: Actor, ports: Ports) -> None:
    """Remove a tenant with its people, applications and keys."""
    actor.require("tenants:write", None)
    tenant = await tenant_for(actor, "tenants:write", command.tenant, ports)
    if not tenant.name:
        raise Conflict(
            "the root tenant holds the administrators and cannot be deleted", hint="disable it instead"
        )
    root = await ports.storage.tenant("")
    # The event stays readable where the administrators are, for the tenant's own go with it.
    home = root.tenant_id if root is not None else tenant.tenant_id
    told = audit("tenant.deleted", actor, ports, home, issuer=tenant.issuer)
    await ports.storage.commit(Remove(tenant), told)


async def store_tenant(tenant: Tenant, name: str, actor: Actor, ports: Ports, **told: str) -> Tenant:
    """Commit a changed tenant with its event."""
    changed = replace(tenant, updated_at=ports.clock.now(), revision=tenant.revision + 1)
    await replace_or_refuse(ports, Replace(changed), audit(name, actor, ports, tenant.tenant_id, **told))
    return changed
