"""Confirm that a device shows the same code, and what it may have (RFC 8628 §3.3, §5.4)."""

from dataclasses import dataclass

from limen.journey.showing import client_facts, person_facts, scope_facts
from limen.model.artifacts import DeviceCode
from limen.ports.journey import Stepped, View
from limen.ports.keys import Keys
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.answer import Page
from limen.protocol.authorization_details import in_words
from limen.tokens.user_code import open_user_code


@dataclass(frozen=True, slots=True)
class DeviceConfirm:
    """Shows the code again, so that nobody connects a device they do not see."""

    storage: Storage
    keys: Keys
    clock: Clock

    async def show(self, view: View) -> Page:
        """Return the page, with where the device is."""
        tenant_id, interaction = view.tenant.tenant_id, view.interaction
        code = await self.storage.get(DeviceCode, tenant_id, interaction.device or "")
        facts = {
            "user_code": open_user_code(self.keys, tenant_id, interaction.params["user_code"][0]),
            "client": client_facts(view.client),
            "scopes": scope_facts(view.tenant, view.wanted, view.remembered),
            "details": tuple(in_words(detail, view.tenant) for detail in view.details),
            "person": person_facts(view.person) if view.person else None,
            "source": code.source if code else "",
            "user_agent": code.user_agent if code else "",
            "asked_at": code.created_at if code else 0,
            "now": self.clock.now(),
            "action": view.action,
            "form_token": view.form_token,
        }
        return Page(name="device_confirm", facts=facts)

    async def submit(self, view: View) -> Stepped | Page:
        """Record the decision."""
        if view.person is None or not view.message.one("allow"):
            return Stepped.by(view, denied=True)
        return Stepped.by(view, consented=view.wanted, consented_by=view.person.sub)
