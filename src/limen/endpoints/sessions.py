"""Single sign-on sessions: which one a browser has, and whether it still counts (OIDC Core §3.1.2.3)."""

from dataclasses import dataclass

from msgspec import structs

from limen.model.person import Person
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import Storage, Swap
from limen.ports.world import Clock
from limen.tokens.digest import digest

_TOUCH_EVERY = 60


@dataclass(frozen=True, slots=True)
class Sessions:
    """Reads sessions; the server enforces idle and absolute limits."""

    storage: Storage
    clock: Clock

    async def of(self, tenant: Tenant, handle: str | None) -> tuple[Session, Person] | None:
        """Return the live session of the cookie's handle with its person, or None."""
        if not handle:
            return None
        found = await self.storage.session(tenant.tenant_id, digest(handle))
        if found is None:
            return None
        session, person = found
        now = self.clock.now()
        if person is None or not person.enabled:
            return None
        if session.auth_time < max(person.not_before, tenant.not_before):
            return None
        if session.expires_at <= now or now - session.last_seen > tenant.session_idle_lifetime:
            return None
        await self._touch(session, now)
        return session, person

    async def _touch(self, session: Session, now: int) -> None:
        """Remember that the session is in use; losing a race over that is no loss."""
        if now - session.last_seen >= _TOUCH_EVERY:
            await self.storage.commit(Swap(session, structs.replace(session, last_seen=now)))
