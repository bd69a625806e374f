"""Audit events: they commit with the act they tell of."""

from collections.abc import Mapping

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One security-relevant act. `facts` never hold a secret."""

    tenant_id: str
    event_id: str
    at: int
    name: str  # session.created, grant.revoked, client.updated …
    actor: str = ""  # sub, client_id or "cli"
    client_id: str = ""
    sub: str = ""
    request_id: str = ""
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)
