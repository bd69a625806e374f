"""Audit events: who did what, as a row that commits with the act (OWASP ASVS 16.2)."""

import msgspec

from limen.model.event import Event
from limen.ports.storage import Put
from limen.ports.world import Clock, Entropy
from limen.protocol.message import Message


class Audit(msgspec.Struct, frozen=True, gc=False):
    """Gives events their time and their name. What is told is client_id, sub, or a fact that is no secret."""

    clock: Clock
    entropy: Entropy

    def event(self, name: str, tenant_id: str, *, actor: str, request_id: str, **told: str) -> Event:
        """Return the event of an act."""
        known = {key: told.pop(key) for key in ("client_id", "sub") if key in told}
        return Event(
            tenant_id=tenant_id,
            event_id=self.entropy.identifier(),
            at=self.clock.now(),
            name=name,
            actor=actor,
            request_id=request_id,
            facts=told,
            **known,
        )

    def of_person(self, name: str, message: Message, sub: str, **told: str) -> Put:
        """Return the change that tells what a person did to their own; `sub` is '' before they sign in."""
        tenant_id, request_id = message.tenant.tenant_id, message.request_id
        return Put(self.event(name, tenant_id, actor=sub, request_id=request_id, sub=sub, **told))
