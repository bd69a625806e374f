"""The audit trail: one page of events (OWASP ASVS 16.2)."""

from dataclasses import dataclass

from limen.admin.operation import PAGE, Actor, tenant_for
from limen.model.event import Event
from limen.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEvents:
    """Those behind the event `after`, oldest first."""

    tenant: str
    after: str = ""
    limit: int = PAGE


async def list_events(command: ListEvents, actor: Actor, ports: Ports) -> tuple[Event, ...]:
    """Return one page of the tenant's events."""
    tenant = await tenant_for(actor, "audit:read", command.tenant, ports)
    limit = max(1, min(command.limit, PAGE))
    return await ports.storage.events(tenant.tenant_id, after=command.after, limit=limit)
