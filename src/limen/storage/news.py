"""What others may have cached and must hear of when it changes: tenants, clients, keys, denials."""

from typing import NamedTuple

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
    match record:
        case Tenant():
            return News("tenant", record.tenant_id, record.name)
        case Client():
            return News("client", record.tenant_id, record.client_id)
        case Key():
            return News("key", record.tenant_id, record.kid)
        case _:
            return None
