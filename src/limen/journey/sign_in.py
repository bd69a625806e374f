"""Sign in with a password (OIDC Core §3.1.2.3, NIST SP 800-63B)."""

import dataclasses
from dataclasses import dataclass

from limen.journey.showing import client_facts, person_facts
from limen.model.event import Event
from limen.model.person import Person
from limen.model.secret import Secret
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.events import Events
from limen.ports.journey import Stepped, View
from limen.ports.passwords import Passwords
from limen.ports.storage import Change, Count, Forgive, Put, Remove, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Cookie, Page
from limen.protocol.throttling import Limit, wait_for
from limen.tokens.digest import digest

ACR = "urn:limen:acr:password"
_LONGEST = 1_024  # bytes of a password, checked before hashing
_ACCOUNT = Limit(free=5, first_delay=1, longest_delay=900, window=1_800)
_KNOWN_DEVICE = Limit(free=10, first_delay=60, longest_delay=900, window=900)
_SOURCE = Limit(free=30, first_delay=30, longest_delay=600, window=600)
_DEVICE_LIFETIME = 180 * 86_400


@dataclass(frozen=True, slots=True)
class SignIn:
    """The same words and the same time for a wrong password and an unknown name."""

    storage: Storage
    passwords: Passwords
    clock: Clock
    entropy: Entropy
    events: Events

    async def show(self, view: View) -> Page:
        """Return the sign-in page."""
        return self._page(view, username=view.login_hint or (view.person.username if view.person else ""))

    async def submit(self, view: View) -> Stepped | Page:
        """Check the password; a right one makes a session, a wrong one is counted."""
        message = view.message
        if message.one("cancel"):
            return Stepped(interaction=dataclasses.replace(view.interaction, denied=True))
        username = message.one("username") or ""
        password = Secret((message.params.get("password") or ("",))[0])
        buckets = self._buckets(view, username)
        if wait := await self._wait(view.tenant, buckets):
            return self._page(view, username=username, error="throttled", wait=wait)
        person = await self._verified(view.tenant, username, password)
        if person is None:
            await self._count(view.tenant, buckets)
            self.events.emit(
                "sign_in.failed", reference=message.request_id, tenant=view.tenant.name, source=message.source
            )
            return self._page(view, username=username, error="wrong")
        return self._signed_in(view, person, buckets)

    async def _verified(self, tenant: Tenant, username: str, password: Secret) -> Person | None:
        person = await self.storage.person_named(tenant.tenant_id, username)
        hashed = person.password_hash if person is not None else None
        if len(password.reveal().encode("utf-8", "surrogatepass")) > _LONGEST:
            return None
        right = await self.passwords.verify(password.reveal(), hashed)
        return person if right and person is not None and person.enabled else None

    def _signed_in(self, view: View, person: Person, buckets: dict[str, Limit]) -> Stepped:
        now, handle, tenant = self.clock.now(), self.entropy.handle(), view.tenant
        same = view.session if view.session is not None and view.session.sub == person.sub else None
        session = Session(
            tenant_id=tenant.tenant_id,
            session_id=same.session_id if same else self.entropy.identifier(),
            digest=digest(handle),
            sub=person.sub,
            auth_time=now,
            amr=("pwd",),
            acr=ACR,
            browser_state=same.browser_state if same else self.entropy.handle(),
            created_at=same.created_at if same else now,
            last_seen=now,
            expires_at=now + tenant.session_lifetime,
            user_agent=view.message.headers.get("user-agent", "")[:200],
        )
        # A new handle at each privilege change; the session a browser had of somebody else ends here.
        ended: tuple[Change, ...] = (Remove(view.session),) if view.session and not same else ()
        forgiven = tuple(
            Forgive(tenant_id=tenant.tenant_id, bucket=name)
            for name in buckets
            if not name.startswith("source:")
        )
        return Stepped(
            interaction=dataclasses.replace(
                view.interaction, session_id=session.session_id, signed_in_at=now, account_chosen=True
            ),
            changes=(*ended, Put(session), *forgiven, self._event(view, session)),
            cookies=(
                Cookie(name="session", value=handle),
                Cookie(name="device", value=self._device(view), lifetime=_DEVICE_LIFETIME),
                Cookie(name="browser_state", value=session.browser_state, readable=True),
            ),
            session_handle=handle,
        )

    def _event(self, view: View, session: Session) -> Change:
        return Put(
            Event(
                tenant_id=session.tenant_id,
                event_id=self.entropy.identifier(),
                at=session.auth_time,
                name="session.created",
                actor=session.sub,
                sub=session.sub,
                client_id=view.client.client_id,
                request_id=view.message.request_id,
            )
        )

    def _device(self, view: View) -> str:
        return view.message.cookies.get("device") or self.entropy.handle()

    def _buckets(self, view: View, username: str) -> dict[str, Limit]:
        """A browser that signed in before has its own bucket, so that strangers cannot lock its owner out."""
        account = digest(username.strip().casefold())
        device = view.message.cookies.get("device")
        name, limit = (
            (f"known:{digest(device)[:16]}:{account}", _KNOWN_DEVICE) if device else (account, _ACCOUNT)
        )
        return {name: limit, f"source:{view.message.source}": _SOURCE}

    async def _wait(self, tenant: Tenant, buckets: dict[str, Limit]) -> int:
        now = self.clock.now()
        waits = [
            wait_for(await self.storage.throttle(tenant.tenant_id, n), limit, now)
            for n, limit in buckets.items()
        ]
        return max(waits, default=0)

    async def _count(self, tenant: Tenant, buckets: dict[str, Limit]) -> None:
        now = self.clock.now()
        await self.storage.commit(
            *(
                Count(tenant_id=tenant.tenant_id, bucket=name, now=now, window=limit.window)
                for name, limit in buckets.items()
            )
        )

    def _page(self, view: View, *, username: str, error: str | None = None, wait: int = 0) -> Page:
        facts = {
            "client": client_facts(view.client, view.redirect_uri),
            "action": view.action,
            "form_token": view.form_token,
            "username": username,
            "error": error,
            "retry_after": wait,
            "reason": "reauthenticate" if view.person else None,
            "person": person_facts(view.person) if view.person else None,
            "cancel": True,
        }
        headers = {"Retry-After": str(wait)} if wait else {}
        return Page(name="sign_in", facts=facts, status=429 if wait else 200, headers=headers)
