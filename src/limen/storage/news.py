"""What others may have cached and must hear of when it changes: tenants, clients, keys, denials."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from limen.model.client import Client
from limen.model.key import Key
from limen.model.tenant import Tenant
from limen.ports.storage import Add, Deny, Put, Remove, Replace, Swap


class News(NamedTuple):
    """What other processes must hear of, and this one at once. `until`: when nobody need know any more."""

    topic: str  # tenant, client, key, denied
    tenant_id: str
    key: str
    until: int = 0


def news_of(change: Put | Add | Replace | Swap | Remove | Deny) -> News | None:
    """Return what there is to tell of a change."""
    if isinstance(change, Deny):
        return News("denied", change.tenant_id, change.jti, change.expires_at)
    record = change.new if isinstance(change, Swap) else change.record
    told = _TOLD.get(type(record))
    return told(record) if told is not None else None


_TOLD: Mapping[type, Callable[[Any], News]] = {
    Tenant: lambda tenant: News("tenant", tenant.tenant_id, tenant.name),
    Client: lambda client: News("client", client.tenant_id, client.client_id),
    Key: lambda key: News("key", key.tenant_id, key.kid),
}
