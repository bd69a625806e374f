"""The journey of a person whom apps ask by the back channel: sign in, look, decide (CIBA Core §8)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from limen.endpoints.approval_decision import Decision, Decisions
from limen.endpoints.backchannel_delivery import BackchannelDelivery
from limen.endpoints.beginning import Beginnings, cookie_of, crowded_out
from limen.endpoints.sessions import Sessions
from limen.endpoints.taking import form_token, record, take
from limen.model.artifacts import BackchannelRequest, Interaction
from limen.model.client import Client
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.session import Session
from limen.ports.journey import JourneyStep, View
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.answer import Ask, Go, Page
from limen.protocol.message import Message
from limen.protocol.policy import Policies
from limen.protocol.prompt import Prompt

PAGE = "/approve"
_REQUEST = re.compile(r"[0-9a-f]{64}")


class Caller(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The person at the browser, with the interaction it is in."""

    message: Message
    handle: str
    interaction: Interaction
    session: Session | None
    person: Person | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalJourney:
    """Until a person has signed in, nothing tells which app asks, or whether one does."""

    storage: Storage
    beginnings: Beginnings
    sessions: Sessions
    policies: Policies
    decisions: Decisions
    delivery: BackchannelDelivery
    steps: Mapping[str, JourneyStep]
    clock: Clock

    async def __call__(self, message: Message) -> Ask | Go | Page:
        """Show what waits for the person, or go to the one request the address names."""
        named = message.args.get("request", "")
        found = await self.sessions.of(message.tenant, message.cookies.get("session"))
        if found is not None and not named:
            return await self._list(message, found[1])
        wanted = named if _REQUEST.fullmatch(named) else ""
        return await self._start(message, wanted, step="sign_in" if found is None else "approve")

    async def resume(self, handle: str, interaction: Interaction, message: Message) -> Ask | Go | Page:
        """Take the journey one step further."""
        caller = await self._caller(handle, interaction, message)
        if caller.session is None:
            return await self._sign_in(caller)
        waiting = await self._waiting(caller, caller.session)
        client = await self._client(waiting) if waiting is not None else None
        if waiting is None or client is None:
            return Go(location=message.base + PAGE)
        if message.args["step"] != "approve":
            return Ask(interaction=handle, step="approve")
        taken = await take(self.steps["approve"], self._view(caller, client, waiting))
        if isinstance(taken, Page):
            return taken
        decision = Decision(message=message, client=client, taken=taken, session=caller.session)
        self.delivery.start(await self.decisions.record(waiting, decision), client, message.tenant)
        return Page(name="approve_done", facts={"allowed": decision.allowed, "client": client})

    async def _list(self, message: Message, person: Person) -> Page:
        now, requests = self.clock.now(), []
        found = await self.storage.backchannel_requests(person.tenant_id, person.sub)
        for waiting in sorted(found, key=lambda each: each.created_at, reverse=True):
            client = await self._client(waiting)
            if waiting.expires_at > now and client is not None:
                asked = {"binding_message": waiting.binding_message, "asked_at": waiting.created_at}
                url = f"{message.base}{PAGE}/{waiting.digest}"
                requests.append({"url": url, "client": client, **asked})
        return Page(name="approvals", facts={"requests": tuple(requests), "now": now})

    async def _start(self, message: Message, wanted: str, *, step: str) -> Ask:
        begun = await self.beginnings(_ourselves(message), {}, backchannel=wanted)
        return Ask(interaction=begun.handle, step=step, cookies=(*crowded_out(message.cookies), begun.cookie))

    async def _sign_in(self, caller: Caller) -> Ask | Go | Page:
        if caller.interaction.denied:
            return Go(location=caller.message.base + "/")
        if caller.message.args["step"] != "sign_in":
            return Ask(interaction=caller.handle, step="sign_in")
        view = self._view(caller, _ourselves(caller.message), None)
        taken = await take(self.steps["sign_in"], view)
        if isinstance(taken, Page):
            return taken
        if not await record(taken, self.storage) or taken.stepped.interaction.denied:
            return Go(location=caller.message.base + "/")
        return Ask(interaction=caller.handle, step="approve", cookies=taken.stepped.cookies)

    async def _caller(self, handle: str, interaction: Interaction, message: Message) -> Caller:
        found = await self.sessions.of(message.tenant, message.cookies.get("session"))
        session, person = found or (None, None)
        return Caller(message=message, handle=handle, interaction=interaction, session=session, person=person)

    async def _waiting(self, caller: Caller, session: Session) -> BackchannelRequest | None:
        """Return the request the journey is about, as long as it waits for this very person."""
        tenant_id, found_by = caller.interaction.tenant_id, caller.interaction.backchannel or ""
        waiting = await self.storage.get(BackchannelRequest, tenant_id, found_by)
        if waiting is None or waiting.sub != session.sub or waiting.status != "pending":
            return None
        return waiting if waiting.expires_at > self.clock.now() else None

    async def _client(self, waiting: BackchannelRequest) -> Client | None:
        client = await self.storage.client(waiting.tenant_id, waiting.client_id)
        return client if client is not None and client.enabled else None

    def _view(self, caller: Caller, client: Client, waiting: BackchannelRequest | None) -> View:
        message, interaction = caller.message, caller.interaction
        browser = message.cookies.get(cookie_of(interaction), "")
        return View(
            message=message,
            tenant=message.tenant,
            client=client,
            policy=self.policies.of(message.tenant, client),
            interaction=interaction,
            session=caller.session,
            person=caller.person,
            prompt=Prompt(),
            wanted=waiting.scope if waiting else Scope(),
            remembered=Scope(),
            login_hint=None,
            redirect_uri="",
            details=waiting.authorization_details if waiting else (),
            claims=(),
            action=f"{message.base}/i/{caller.handle}/{message.args['step']}",
            form_token=form_token(caller.handle, browser, caller.person),
        )


def _ourselves(message: Message) -> Client:
    """Return what stands for us where a page wants an app: the tenant by its own name."""
    tenant = message.tenant
    return Client(
        tenant_id=tenant.tenant_id, client_id="", client_name=tenant.display_name or tenant.name or "Limen"
    )
