"""The journey of a person who connects a device: sign in, compare the code, decide (RFC 8628 §3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import structs

from limen.endpoints.approval_decision import Decision, Decisions
from limen.endpoints.beginning import begin, cookie_of, crowded_out
from limen.endpoints.device_authorization import PAGE
from limen.endpoints.sessions import Sessions
from limen.endpoints.taking import Taken, form_token, record, take
from limen.errors import AccessDenied, UnauthorizedClient
from limen.model.artifacts import DeviceCode, Interaction
from limen.model.client import Client
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.session import Session
from limen.ports.journey import JourneyStep, View
from limen.ports.keys import Keys
from limen.ports.storage import Add, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Ask, Go, Page
from limen.protocol.interaction import Asked, Facts, Step, next_step
from limen.protocol.message import Message
from limen.protocol.policy import Policies
from limen.protocol.prompt import Prompt
from limen.tokens.user_code import seal_user_code

ENDED = "ended"  # parameter of the page that takes codes: this one ran out or was answered meanwhile
_STEPS = {Step.CONSENT: "device_confirm"}  # to confirm is to consent
_ENDS = frozenset({"denied", "done"})


class Visit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One request of the journey with all that is known of the device, the browser and the person."""

    message: Message
    handle: str
    interaction: Interaction
    code: DeviceCode
    client: Client
    session: Session | None = None
    person: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceJourney:
    """Uses the steps and the decision of the authorization endpoint."""

    storage: Storage
    sessions: Sessions
    policies: Policies
    decisions: Decisions
    steps: Mapping[str, JourneyStep]
    keys: Keys
    clock: Clock
    entropy: Entropy

    async def start(self, code: DeviceCode, user_code: str, message: Message) -> Ask:
        """Send the browser on its way with the code it entered."""
        client = await self._client(code)
        sealed = seal_user_code(self.keys, code.tenant_id, user_code)
        begun = begin(self.entropy, self.clock.now(), client, {"user_code": (sealed,)}, device=code.digest)
        await self.storage.commit(Add(begun.interaction))
        visit = Visit(
            message=message, handle=begun.handle, interaction=begun.interaction, code=code, client=client
        )
        step = self._next(await self._met(visit))
        return Ask(interaction=begun.handle, step=step, cookies=(*crowded_out(message.cookies), begun.cookie))

    async def resume(self, handle: str, interaction: Interaction, message: Message) -> Ask | Go | Page:
        """Take the journey one step further."""
        visit = await self._visit(handle, interaction, message)
        # A decision counts in the commit it was taken with, or not at all.
        if visit is None or (step := self._next(visit)) in _ENDS:
            return Go(location=f"{message.base}{PAGE}?{ENDED}=1")
        if step != message.args["step"]:
            return Ask(interaction=handle, step=step)
        taken = await take(self.steps[step], self._view(visit, step))
        if isinstance(taken, Page):
            return taken
        visit = await self._after(visit, taken)
        onward = self._next(visit)
        if onward in _ENDS:
            return await self._finish(visit, taken)
        is_decided = taken.stepped.interaction.consented is not None
        if not is_decided and not await record(taken, self.storage):
            return Ask(interaction=handle, step=step)
        return Ask(interaction=handle, step=onward, cookies=taken.stepped.cookies)

    async def _visit(self, handle: str, interaction: Interaction, message: Message) -> Visit | None:
        """Return what is known of the device and the person; None when nobody waits any more."""
        code = await self.storage.get(DeviceCode, interaction.tenant_id, interaction.device or "")
        if code is None or code.status != "pending" or code.expires_at <= self.clock.now():
            return None
        client = await self._client(code)
        visit = Visit(message=message, handle=handle, interaction=interaction, code=code, client=client)
        return await self._met(visit)

    async def _client(self, code: DeviceCode) -> Client:
        client = await self.storage.client(code.tenant_id, code.client_id)
        if client is None or not client.enabled:
            raise UnauthorizedClient("the application is disabled", page_code="disabled_client")
        return client

    async def _met(self, visit: Visit) -> Visit:
        found = await self.sessions.of(visit.message.tenant, visit.message.cookies.get("session"))
        session, person = found or (None, None)
        return structs.replace(visit, session=session, person=person)

    async def _after(self, visit: Visit, taken: Taken) -> Visit:
        """Look again who is there: they may have been signed out or disabled while the step was taken."""
        stepped = taken.stepped
        onward = structs.replace(visit, interaction=stepped.interaction)
        if not taken.moved:
            return await self._met(onward)
        return structs.replace(onward, session=stepped.session, person=stepped.person)

    def _next(self, visit: Visit) -> str:
        """Return the name of the step that is needed: `denied` and `done` end the journey."""
        interaction, session = visit.interaction, visit.session
        asked = Asked(
            prompt=Prompt(),
            max_age=visit.client.default_max_age,
            wanted=visit.code.scope,
            must_consent=True,  # whoever has the device must have the person's word each time
        )
        facts = Facts(
            now=self.clock.now(),
            sub=session.sub if session else None,
            auth_time=session.auth_time if session else 0,
            signed_in_here=session is not None and interaction.session_id == session.session_id,
            account_chosen=interaction.account_chosen,
            decided=interaction.consent_of(session.sub) if session else None,
            denied=interaction.denied,
        )
        try:
            step = next_step(asked, facts)
        except AccessDenied:
            return "denied"
        return _STEPS.get(step, step.value)

    async def _finish(self, visit: Visit, taken: Taken) -> Page:
        decision = Decision(message=visit.message, client=visit.client, taken=taken, session=visit.session)
        await self.decisions.record(visit.code, decision)
        facts = {"allowed": decision.allowed, "client": visit.client}
        return Page(name="device_done", facts=facts, cookies=taken.stepped.cookies)

    def _view(self, visit: Visit, step: str) -> View:
        message, code = visit.message, visit.code
        browser = message.cookies.get(cookie_of(visit.interaction), "")
        return View(
            message=message,
            tenant=message.tenant,
            client=visit.client,
            policy=self.policies.of(message.tenant, visit.client),
            interaction=visit.interaction,
            session=visit.session,
            person=visit.person,
            prompt=Prompt(),
            wanted=code.scope,
            remembered=Scope(),
            login_hint=None,
            redirect_uri="",
            details=code.authorization_details,
            claims=(),
            action=f"{message.base}/i/{visit.handle}/{step}",
            form_token=form_token(visit.handle, browser, visit.person),
        )
