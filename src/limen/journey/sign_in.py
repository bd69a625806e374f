"""Sign in with a password (OIDC Core §3.1.2.3, NIST SP 800-63B)."""

from dataclasses import dataclass

from msgspec import structs

from limen.audit import Audit
from limen.credentials.known_device import KnownDevices
from limen.credentials.password import ACR, AMR, Attempt, PasswordCheck
from limen.journey.another import ANOTHER, another_at
from limen.journey.showing import client_facts, person_facts
from limen.model.artifacts import Interaction
from limen.model.person import Person
from limen.model.secret import Secret
from limen.model.session import Session
from limen.ports.events import Events
from limen.ports.journey import Stepped, View
from limen.ports.storage import Change, Put, Remove
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Cookie, Page
from limen.protocol.username import username_key
from limen.tokens.digest import digest

_DEVICE_LIFETIME = 180 * 86_400


@dataclass(frozen=True, slots=True)
class SignIn:
    """The same words and the same time for a wrong password and an unknown name."""

    check: PasswordCheck
    devices: KnownDevices
    clock: Clock
    entropy: Entropy
    events: Events

    async def show(self, view: View) -> Page:
        """Return the sign-in page."""
        person = _whose(view)
        return self._page(view, username=person.username if person else view.login_hint or "")

    async def submit(self, view: View) -> Stepped | Page:
        """Check the password; a right one makes a session, a wrong one is counted."""
        message = view.message
        if message.one("cancel"):
            return Stepped.by(view, denied=True)
        username = message.one("username") or ""
        password = Secret((message.params.get("password") or ("",))[0])
        attempt = Attempt(
            username=username,
            password=password,
            source=message.source,
            device=message.cookies.get("device"),
        )
        outcome = await self.check(view.tenant, attempt)
        if outcome.wait:
            return self._page(view, username=username, error="throttled", wait=outcome.wait)
        if outcome.person is None:
            self.events.emit(
                "sign_in.failed", reference=message.request_id, tenant=view.tenant.name, source=message.source
            )
            return self._page(view, username=username, error="wrong")
        return self._signed_in(view, outcome.person, outcome.changes)

    def _signed_in(self, view: View, person: Person, checked: tuple[Change, ...]) -> Stepped:
        now, handle, tenant = self.clock.now(), self.entropy.handle(), view.tenant
        same = view.session if view.session is not None and view.session.sub == person.sub else None
        session = Session(
            tenant_id=tenant.tenant_id,
            session_id=same.session_id if same else self.entropy.identifier(),
            digest=digest(handle),
            sub=person.sub,
            auth_time=now,
            amr=AMR,
            acr=ACR,
            browser_state=same.browser_state if same else self.entropy.handle(),
            created_at=same.created_at if same else now,
            last_seen=now,
            expires_at=now + tenant.session_lifetime,
            user_agent=view.message.headers.get("user-agent", "")[:200],
        )
        told = Audit(self.clock, self.entropy).of_person(
            "session.created", view.message, person.sub, client_id=view.client.client_id
        )
        # A new handle at each privilege change; the session a browser had of somebody else ends here.
        ended = (Remove(view.session),) if view.session and not same else ()
        return Stepped(
            interaction=_by(view.interaction, session),
            session=session,
            person=person,
            changes=(*checked, *ended, Put(session), told),
            cookies=self._cookies(view, person, session, handle),
        )

    def _cookies(self, view: View, person: Person, session: Session, handle: str) -> tuple[Cookie, ...]:
        mark = view.message.cookies.get("device")
        device = self.devices.remember(person.tenant_id, mark, person.username)
        return (
            Cookie(name="session", value=handle),
            Cookie(name="device", value=device, lifetime=_DEVICE_LIFETIME),
            Cookie(name="browser_state", value=session.browser_state, readable=True),
        )

    def _page(self, view: View, *, username: str, error: str | None = None, wait: int = 0) -> Page:
        person = _whose(view)
        facts = {
            "client": client_facts(view.client, view.redirect_uri),
            "action": view.action + (ANOTHER if _wants_another(view) else ""),
            "form_token": view.form_token,
            "username": username,
            "error": error,
            "retry_after": wait,
            "reason": "reauthenticate" if person else None,
            "person": person_facts(view.person) if view.person else None,
            "another": another_at(view) if person else None,
            "same": view.action if _wants_another(view) else None,
            "cancel": True,
        }
        headers = {"Retry-After": str(wait)} if wait else {}
        return Page(name="sign_in", facts=facts, status=429 if wait else 200, headers=headers)


def _whose(view: View) -> Person | None:
    """Return who is asked to confirm; None where the page must take any name, or another one."""
    person = view.person
    if person is None or _wants_another(view) or "create" in view.prompt:
        return None
    if view.hinted_sub not in {None, person.sub}:
        return None
    return person if view.login_hint is None or _names(view.login_hint, person) else None


def _wants_another(view: View) -> bool:
    return view.person is not None and "another" in view.message.query


def _names(hint: str, person: Person) -> bool:
    known = (person.username, person.sub, str(person.claims.get("email", "")))
    return username_key(hint) in {username_key(name) for name in known}


def _by(interaction: Interaction, session: Session) -> Interaction:
    """Return the journey as it goes on with who has just signed in."""
    return structs.replace(
        interaction,
        session_id=session.session_id,
        account_chosen=True,
        consented=None,
    )
