"""Who acts, what they may, and the audit event that commits with the act (OWASP ASVS 8.2, 16.2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from limen.admin.refusal import Forbidden, Stale, not_found
from limen.audit import Audit
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Add, Change, Replace

PERMISSIONS = frozenset(
    f"{thing}:{right}"
    for thing in ("tenants", "apps", "users", "admins", "scopes", "keys", "sessions", "consents")
    for right in ("read", "write")
) | {"audit:read"}
# What an administrative role may do.
ROLES: Mapping[str, frozenset[str]] = {
    "administrator": PERMISSIONS,
    "auditor": frozenset(p for p in PERMISSIONS if p.endswith(":read")),
}
PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who asks for an act. `tenant` None: the whole instance; else that tenant's name alone."""

    name: str  # sub, client_id or "cli"
    permissions: frozenset[str] = field(default_factory=frozenset)
    tenant: str | None = None
    request_id: str = ""

    def require(self, permission: str, tenant: str | None) -> None:
        """Refuse with Forbidden unless the actor has the permission there; `tenant` None: everywhere."""
        if permission not in self.permissions or self.tenant not in {None, tenant}:
            raise Forbidden(f"this needs the permission {permission}", hint="ask an administrator")


OPERATOR = Actor(name="cli", permissions=PERMISSIONS)
"""Who has the machine: the command line beside the store."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of `limen.admin.table`: `act` takes a command, an Actor and the Ports."""

    name: str
    permission: str
    command: type[Any]
    act: Callable[[Any, Actor, Ports], Awaitable[Any]]


async def tenant_for(actor: Actor, permission: str, name: str, ports: Ports) -> Tenant:
    """Return the tenant the actor may act in, or refuse; every act in a tenant begins here."""
    actor.require(permission, name)
    tenant = await ports.storage.tenant(name)
    if tenant is None:
        known = [t.name for t in await ports.storage.tenants()] if actor.tenant is None else []
        raise not_found("tenant", name, known)
    return tenant


def audit(name: str, actor: Actor, ports: Ports, tenant_id: str, **told: str) -> Add:
    """Return the event to commit with the act; `told` is client_id, sub, or a fact that is no secret."""
    event = Audit(ports.clock, ports.entropy).event
    return Add(event(name, tenant_id, actor=actor.name, request_id=actor.request_id, **told))


def check_revision(expected: int | None, found: int) -> None:
    """Refuse a change that was decided on an older state (RFC 9110 §13.1.1)."""
    if expected is not None and expected != found:
        raise Stale(
            f"revision {expected} was replaced by {found}", hint="read it again, then repeat the change"
        )


async def replace_or_refuse(ports: Ports, replacement: Replace, *others: Change) -> None:
    """Commit, or refuse with Stale when somebody was faster."""
    if await ports.storage.commit(replacement, *others) is not None:
        raise Stale("it was changed by somebody else just now", hint="read it again, then repeat the change")
