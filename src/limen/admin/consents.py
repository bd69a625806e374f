"""What people agreed to: list and withdraw (RFC 9700 §4.10; GDPR art. 7(3))."""

from dataclasses import dataclass

from limen.admin.operation import Actor, audit, tenant_for
from limen.admin.people import find
from limen.admin.refusal import not_found
from limen.model.consent import Consent
from limen.ports import Ports
from limen.ports.storage import Remove, Revoke


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConsents:
    tenant: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent:
    tenant: str
    person: str
    client_id: str


async def list_consents(command: ListConsents, actor: Actor, ports: Ports) -> tuple[Consent, ...]:
    """Return the person's consents."""
    tenant = await tenant_for(actor, "consents:read", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    return await ports.storage.consents(tenant.tenant_id, person.sub)


async def withdraw(command: WithdrawConsent, actor: Actor, ports: Ports) -> None:
    """Forget a consent and end the tokens that came of it."""
    tenant = await tenant_for(actor, "consents:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    consent = await ports.storage.consent(tenant.tenant_id, person.sub, command.client_id)
    if consent is None:
        known = await ports.storage.consents(tenant.tenant_id, person.sub)
        raise not_found("consent for", command.client_id, [c.client_id for c in known])
    await ports.storage.commit(
        Remove(consent),
        Revoke(
            tenant_id=tenant.tenant_id,
            now=ports.clock.now(),
            reason="consent withdrawn",
            sub=person.sub,
            client_id=command.client_id,
        ),
        audit(
            "consent.withdrawn", actor, ports, tenant.tenant_id, sub=person.sub, client_id=command.client_id
        ),
    )
