"""The dispatcher of a browser journey: gather facts, ask for a step, or finish (OIDC Core §3.1.2.3)."""

from dataclasses import dataclass

import msgspec

from limen.endpoints.beginning import Beginnings, Begun, crowded_out
from limen.endpoints.responder import Given, Responder
from limen.endpoints.sessions import Sessions
from limen.endpoints.taking import Taken, record
from limen.endpoints.validated import Validated
from limen.errors import ErrorToClient, InvalidRequest, LoginRequired, OAuthError, ServerError
from limen.model.artifacts import Interaction
from limen.model.consent import Consent
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.session import Session
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.acr import acr_wanted
from limen.protocol.answer import Answer, Ask
from limen.protocol.claims import beyond
from limen.protocol.interaction import Asked, Facts, Step, next_step
from limen.tokens.id_token import IdTokens
from limen.tokens.id_token_hint import IdTokenHints

_SOMEBODY_ELSE = ""  # nobody's sub


class Situation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A validated request with all that is known of the browser and the person."""

    validated: Validated
    interaction: Interaction | None
    session: Session | None
    person: Person | None
    remembered: Scope
    hinted_sub: str | None
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """Owns where the browser goes; the decision itself is `protocol.interaction.next_step`."""

    storage: Storage
    beginnings: Beginnings
    sessions: Sessions
    responder: Responder
    id_tokens: IdTokens
    hints: IdTokenHints
    acr_values: frozenset[str]  # the classes that signing in here can reach
    clock: Clock

    async def situation(self, validated: Validated, interaction: Interaction | None) -> Situation:
        """Gather facts and decide; refusals travel to the client."""
        found = await self.sessions.of(validated.tenant, validated.cookies.get("session"))
        return await self._judged(validated, interaction, *(found or (None, None)))

    async def follow(self, validated: Validated, taken: Taken, handle: str) -> Answer | Ask | None:
        """Go on after a step, which is recorded in one commit with the answer where it leads there.

        None: another tab was faster, and nothing is recorded.
        """
        try:
            situation = await self._after(validated, taken)
            given = await self._give(situation, taken) if situation.step is Step.DONE else None
        except ErrorToClient as refused:  # a refusal is an answer, too
            if not await record(taken, self.storage):
                return None
            refused.cookies = taken.stepped.cookies
            raise
        if situation.step is Step.DONE:
            return await self._respond(validated, given) if given is not None else None
        # What somebody decided whose session has ended meanwhile is not kept.
        is_kept = taken.moved or situation.session is not None
        if is_kept and not await record(taken, self.storage):
            return None
        return Ask(interaction=handle, step=situation.step.value, cookies=taken.stepped.cookies)

    async def _after(self, validated: Validated, taken: Taken) -> Situation:
        """Look again who is there: they may have been signed out or disabled while the step was taken."""
        stepped = taken.stepped
        if not taken.moved:
            return await self.situation(validated, stepped.interaction)
        return await self._judged(validated, stepped.interaction, stepped.session, stepped.person)

    async def _judged(
        self,
        validated: Validated,
        interaction: Interaction | None,
        session: Session | None,
        person: Person | None,
    ) -> Situation:
        consent = await self._consent(validated, person) if person is not None else None
        remembered = consent.scope if consent is not None else Scope()
        try:
            asked = self._asked(validated, consent, session)
            step = next_step(asked, self._facts(interaction, session, remembered))
        except OAuthError as error:
            raise ErrorToClient(validated.target, error) from error
        return Situation(
            validated=validated,
            interaction=interaction,
            session=session,
            person=person,
            remembered=remembered,
            hinted_sub=asked.hinted_sub,
            step=step,
        )

    async def proceed(self, situation: Situation, handle: str | None) -> Answer | Ask:
        """Send the browser to the step that is needed, or answer the client."""
        if situation.step is Step.DONE:
            given = await self._give(situation, None)
            if given is None:
                raise InvalidRequest("the sign-in was finished or ended in another tab")
            return await self._respond(situation.validated, given)
        if situation.interaction is None or handle is None:
            begun = await self.begin(situation.validated)
            sent = (*crowded_out(situation.validated.cookies), begun.cookie)
            return Ask(interaction=begun.handle, step=situation.step.value, cookies=sent)
        return Ask(interaction=handle, step=situation.step.value)

    async def _give(self, situation: Situation, taken: Taken | None) -> Given | None:
        if situation.session is None or situation.person is None:
            raise ServerError("nobody is there to answer for")
        try:
            return await self.responder.give(
                situation.validated,
                situation.session,
                situation.person,
                scope=self._granted(situation),
                interaction=situation.interaction,
                taken=taken,
            )
        except OAuthError as error:
            raise ErrorToClient(situation.validated.target, error) from error

    async def _respond(self, validated: Validated, given: Given) -> Answer:
        """Wrap up what is given, which may take a while: a client's keys are fetched to encrypt with."""
        try:
            return await self.responder.respond(
                validated.tenant, validated.client, validated.target, given.params, given.cookies
            )
        except OAuthError as error:
            raise ErrorToClient(validated.target, error) from error

    async def begin(self, validated: Validated) -> Begun:
        """Begin a journey with the request to come back to."""
        return await self.beginnings(
            validated.client,
            validated.params,
            pushed=validated.pushed,
            until=validated.until,
            source=validated.source,
        )

    def _asked(self, validated: Validated, consent: Consent | None, session: Session | None) -> Asked:
        request, client = validated.request, validated.client
        return Asked(
            prompt=request.prompt,
            max_age=request.max_age if request.max_age is not None else client.default_max_age,
            wanted=validated.accepted.scope,
            hinted_sub=self._hinted(validated, session),
            must_consent=self._is_more(validated, consent),
            trusted=validated.policy.consent == "trusted",
            first_party=client.first_party,
            acr=acr_wanted(request.acr_values, request.claims.id_token, client.default_acr_values),
            reachable=self.acr_values,
        )

    def _facts(self, interaction: Interaction | None, session: Session | None, remembered: Scope) -> Facts:
        now = self.clock.now()
        sub, auth_time, acr = (session.sub, session.auth_time, session.acr) if session else (None, 0, None)
        if interaction is None:
            return Facts(now=now, sub=sub, auth_time=auth_time, acr=acr, remembered=remembered)
        return Facts(
            now=now,
            sub=sub,
            auth_time=auth_time,
            acr=acr,
            signed_in_here=session is not None and interaction.session_id == session.session_id,
            account_chosen=interaction.account_chosen,
            remembered=remembered,
            decided=interaction.consent_of(sub),
            denied=interaction.denied,
        )

    async def _consent(self, validated: Validated, person: Person) -> Consent | None:
        client = validated.client
        found = await self.storage.consent(client.tenant_id, person.sub, client.client_id)
        return None if found is None or 0 < found.expires_at <= self.clock.now() else found

    def _is_more(self, validated: Validated, consent: Consent | None) -> bool:
        """Tell whether the request wants things beside scopes that nobody agreed to.

        The first of them is to be signed in there at all, which a request without scopes wants as well.
        """
        if consent is None or validated.client.owner == "document":
            return True
        named = beyond(validated.claims, validated.tenant, validated.accepted.scope)
        if not named and not validated.details:
            return False
        details = consent.authorization_details
        return any(each not in details for each in validated.details) or not set(named) <= set(consent.claims)

    def _granted(self, situation: Situation) -> Scope:
        wanted = situation.validated.accepted.scope
        interaction, session = situation.interaction, situation.session
        decided = interaction.consent_of(session.sub) if interaction and session else None
        return wanted if decided is None else Scope(wanted & decided)

    def _hinted(self, validated: Validated, session: Session | None) -> str | None:
        """Return whom the request speaks of: the sub of its hint, or the one its claims insist on."""
        named = self._named(validated)
        if named is None or session is None:
            return named
        # OIDC Core §8: the client knows the person by a subject of its own, and learns of no other's.
        ours = self.id_tokens.subject(validated.tenant, validated.client, session.sub)
        return session.sub if ours == named else _SOMEBODY_ELSE

    def _named(self, validated: Validated) -> str | None:
        hint = validated.request.id_token_hint
        if hint is None:
            wanted = (validated.request.claims.id_token.get("sub") or {}).get("value")
            return wanted if isinstance(wanted, str) else None
        claims = self.hints.read(validated.tenant, validated.client, hint)
        if claims is None:
            raise InvalidRequest("id_token_hint is not an ID token of this issuer")
        sub = claims.get("sub")
        if not isinstance(sub, str):
            raise LoginRequired("id_token_hint names nobody")
        return sub
