"""Approve what an app asks for by the back channel (CIBA Core §7.1, binding_message)."""

from dataclasses import dataclass

from limen.journey.showing import client_facts, person_facts, scope_facts
from limen.model.artifacts import BackchannelRequest
from limen.ports.journey import Stepped, View
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.answer import Page
from limen.protocol.authorization_details import in_words


@dataclass(frozen=True, slots=True)
class Approve:
    """Shows the message the app shows elsewhere, so that nobody approves what somebody else began."""

    storage: Storage
    clock: Clock

    async def show(self, view: View) -> Page:
        """Return the page."""
        found_by = view.interaction.backchannel or ""
        waiting = await self.storage.get(BackchannelRequest, view.tenant.tenant_id, found_by)
        facts = {
            "client": client_facts(view.client),
            "scopes": scope_facts(view.tenant, view.wanted, view.remembered),
            "details": tuple(in_words(detail, view.tenant) for detail in view.details),
            "binding_message": waiting.binding_message if waiting else None,
            "person": person_facts(view.person) if view.person else None,
            "asked_at": waiting.created_at if waiting else 0,
            "now": self.clock.now(),
            "action": view.action,
            "form_token": view.form_token,
        }
        return Page(name="approve", facts=facts)

    async def submit(self, view: View) -> Stepped | Page:
        """Record the decision."""
        if view.person is None or not view.message.one("allow"):
            return Stepped.by(view, denied=True)
        return Stepped.by(view, consented=view.wanted, consented_by=view.person.sub)
