"""A person's sessions: list and end (OIDC Session Management; OWASP ASVS 7.4.5)."""

from dataclasses import dataclass

from limen.admin.operation import Actor, audit, tenant_for
from limen.admin.people import end_everything, find
from limen.admin.refusal import NotFound
from limen.model.session import Session
from limen.ports import Ports
from limen.ports.storage import Change, Remove, Revoke


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSessions:
    tenant: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessions:
    """One session, or all of the person's with everything they granted."""

    tenant: str
    person: str
    session_id: str | None = None


async def list_sessions(command: ListSessions, actor: Actor, ports: Ports) -> tuple[Session, ...]:
    """Return the person's sessions."""
    tenant = await tenant_for(actor, "sessions:read", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    return await ports.storage.sessions(tenant.tenant_id, person.sub)


async def end(command: EndSessions, actor: Actor, ports: Ports) -> None:
    """End one session with its grants, or all."""
    tenant = await tenant_for(actor, "sessions:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    told = audit("session.ended", actor, ports, tenant.tenant_id, sub=person.sub)
    if command.session_id is None:
        await ports.storage.commit(*end_everything(person, "sessions ended", ports), told)
        return
    sessions = await ports.storage.sessions(tenant.tenant_id, person.sub)
    found = [s for s in sessions if s.session_id == command.session_id]
    if not found:
        raise NotFound("this person has no such session")
    changes: list[Change] = [Remove(session) for session in found]
    now = ports.clock.now()
    revoke = Revoke(
        tenant_id=tenant.tenant_id, now=now, reason="session ended", session_id=command.session_id
    )
    await ports.storage.commit(*changes, revoke, told)
