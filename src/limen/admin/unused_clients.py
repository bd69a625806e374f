"""Remove clients that registered themselves and never did anything (OWASP ASVS 2.4.1, RFC 7591 §5)."""

from limen.admin.operation import Actor, audit
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Remove

_DAY = 86_400
_PAGE = 200
_ACTOR = Actor(name="sweep")


async def purge_unused(ports: Ports) -> int:
    """Go through every tenant; return how many clients went."""
    gone = 0
    for tenant in await ports.storage.tenants():
        after = ""
        while page := await ports.storage.clients(tenant.tenant_id, after=after, limit=_PAGE):
            for client in page:
                gone += await _purge(client, tenant, ports)
            after = page[-1].client_id
    return gone


async def _purge(client: Client, tenant: Tenant, ports: Ports) -> int:
    days, now = tenant.registration.unused_days, ports.clock.now()
    if client.owner == "operator" or client.used_at or not days or client.created_at + days * _DAY > now:
        return 0
    told = audit("client.purged", _ACTOR, ports, tenant.tenant_id, client_id=client.client_id)
    return 1 if await ports.storage.commit(Remove(client), told) is None else 0
