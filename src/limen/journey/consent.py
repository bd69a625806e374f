"""Ask what the application may have, and record the decision (OIDC Core §3.1.2.4, RFC 9396 §11)."""

from dataclasses import dataclass

from limen.audit import Audit
from limen.journey.another import another_at
from limen.journey.showing import client_facts, person_facts, scope_facts
from limen.model.consent import Consent
from limen.model.scope import Scope
from limen.ports.journey import Stepped, View
from limen.ports.storage import Change, Put
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Page
from limen.protocol.authorization_details import in_words


@dataclass(frozen=True, slots=True)
class ConsentStep:
    """Allow, allow a part, or deny; allowing is remembered unless the person says otherwise."""

    clock: Clock
    entropy: Entropy

    async def show(self, view: View) -> Page:
        """Return the consent page."""
        facts = {
            "client": client_facts(view.client, view.redirect_uri),
            "person": person_facts(view.person) if view.person else {"name": "", "username": ""},
            "scopes": scope_facts(view.tenant, view.wanted, view.remembered),
            "details": tuple(in_words(detail, view.tenant) for detail in view.details),
            "claims": view.claims,
            "offline": "offline_access" in view.wanted,
            "remember_days": view.policy.consent_lifetime // 86_400,
            "another": another_at(view),
            "action": view.action,
            "form_token": view.form_token,
        }
        return Page(name="consent", facts=facts)

    async def submit(self, view: View) -> Stepped | Page:
        """Record the decision. Only what was asked for can be allowed, whatever the form says."""
        if view.person is None or not view.message.one("allow"):
            return Stepped.by(view, self._told("consent.denied", view), denied=True)
        chosen = self._chosen(view)
        changes: tuple[Change, ...] = (self._told("consent.granted", view),)
        if view.message.one("remember"):
            changes = (*changes, Put(self._remembered(view, view.person.sub, chosen)))
        return Stepped.by(view, *changes, consented=chosen, consented_by=view.person.sub)

    def _chosen(self, view: View) -> Scope:
        ticked = frozenset(view.message.params.get("scope", ()))
        fixed = {"openid"} & view.wanted
        return Scope((view.wanted & ticked) | fixed)

    def _remembered(self, view: View, sub: str, chosen: Scope) -> Consent:
        now, lifetime = self.clock.now(), view.policy.consent_lifetime
        return Consent(
            tenant_id=view.tenant.tenant_id,
            sub=sub,
            client_id=view.client.client_id,
            scope=Scope((view.remembered - view.wanted) | chosen),
            claims=view.claims,
            authorization_details=view.details,
            granted_at=now,
            expires_at=now + lifetime if lifetime else 0,
        )

    def _told(self, name: str, view: View) -> Change:
        sub = view.person.sub if view.person else ""
        audit = Audit(self.clock, self.entropy)
        return audit.of_person(name, view.message, sub, client_id=view.client.client_id)
