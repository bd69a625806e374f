"""The pages of a browser journey: show a step, take its form, go on (OIDC Core §3.1.2.3)."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from limen.endpoints.approval_journey import ApprovalJourney
from limen.endpoints.authorization import AuthorizationEndpoint
from limen.endpoints.beginning import cookie_of
from limen.endpoints.device_journey import DeviceJourney
from limen.endpoints.dispatch import Dispatcher, Situation
from limen.endpoints.spending import bury, over
from limen.endpoints.taking import take
from limen.endpoints.viewing import localised, view_of
from limen.endpoints.way_back import home_of, show_way_back
from limen.errors import ErrorToClient, ForeignForm, InvalidRequest, OAuthError
from limen.model.artifacts import Interaction
from limen.model.client import Client
from limen.ports.journey import JourneyStep
from limen.ports.keys import Keys
from limen.ports.storage import Put, Storage
from limen.ports.world import Clock
from limen.protocol.answer import Answer, Ask, Go, Page
from limen.protocol.interaction import Step
from limen.protocol.message import Message
from limen.tokens.digest import digest
from limen.tokens.journey import open_journey

EXPIRED = "the sign-in has expired; start again from the application"


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionEndpoint:
    """GET shows the step the journey needs now; POST takes it. Any tab may resume, none can skip."""

    storage: Storage
    keys: Keys
    authorization: AuthorizationEndpoint
    dispatcher: Dispatcher
    device: DeviceJourney
    approvals: ApprovalJourney
    steps: Mapping[str, JourneyStep]
    clock: Clock

    async def __call__(self, message: Message) -> Answer | Ask | Go | Page:
        """Take the journey one step further."""
        handle = message.args["interaction"]
        interaction = await self._interaction(handle, message)
        if interaction.backchannel is not None:
            return await self.approvals.resume(handle, interaction, message)
        client = await self.storage.client(message.tenant.tenant_id, interaction.client_id)
        if client is None:
            raise InvalidRequest("client_id is unknown", page_code="unknown_client")
        if interaction.device is not None:
            return await self.device.resume(handle, interaction, message)
        try:
            return await self._continue(handle, interaction, client, message)
        except ErrorToClient as refused:
            await self._bury(interaction)
            return await self.authorization.refuse(message, client, refused)
        except OAuthError as error:
            show_way_back(error, client, message)
            raise

    async def _bury(self, interaction: Interaction) -> None:
        """A refusal completes the authorization, too: what was pushed for it is used up."""
        if interaction.pushed is not None:
            pushed, now = interaction.pushed, self.clock.now()
            buried = bury(interaction.tenant_id, pushed, interaction.client_id, now)
            await self.storage.commit(Put(over(interaction)), buried)

    async def _interaction(self, handle: str, message: Message) -> Interaction:
        tenant_id = message.tenant.tenant_id
        stored = await self.storage.get(Interaction, tenant_id, digest(handle))
        interaction = stored or open_journey(self.keys, tenant_id, handle)
        if interaction is None or interaction.ended or interaction.expires_at <= self.clock.now():
            raise await self._expired(interaction, message)
        browser = message.cookies.get(cookie_of(interaction), "")
        restarts = interaction.fresh_until <= self.clock.now()
        if not restarts and not hmac.compare_digest(digest(browser), interaction.browser_digest):
            raise ForeignForm("this sign-in was started in another browser", page_code="other_browser")
        return interaction

    async def _expired(self, interaction: Interaction | None, message: Message) -> InvalidRequest:
        """Say that the page is too old; lead back to the app where the handle still tells which it was."""
        refusal = InvalidRequest(EXPIRED, page_code="interaction_expired")
        client_id = interaction.client_id if interaction is not None else ""
        client = await self.storage.client(message.tenant.tenant_id, client_id)
        if client is not None:
            refusal.back_to_app = home_of(client, message)
        return refusal

    async def _continue(
        self, handle: str, interaction: Interaction, client: Client, message: Message
    ) -> Answer | Ask | Page:
        validated = self.authorization.validate(
            interaction.params, message, client, pushed=interaction.pushed
        )
        if interaction.fresh_until <= self.clock.now():
            # The mark of a pushed request that was used must outlive everything that could use it again.
            until = interaction.expires_at if interaction.pushed is not None else None
            again = structs.replace(validated, until=until)
            return await self.dispatcher.proceed(await self.dispatcher.situation(again, None), None)
        situation = await self.dispatcher.situation(validated, interaction)
        if _wants_another(situation, message):
            situation = structs.replace(situation, step=Step.SIGN_IN)
        if situation.step is Step.DONE or situation.step.value != message.args["step"]:
            return await self.dispatcher.proceed(situation, handle)
        browser = message.cookies.get(cookie_of(interaction), "")
        view = view_of(situation, interaction, handle, browser, message)
        taken = await take(self.steps[situation.step.value], view)
        if isinstance(taken, Page):
            return localised(taken, validated)
        # Where the form was sent twice, or another tab was faster: go on from what is recorded.
        return await self.dispatcher.follow(validated, taken, handle) or Ask(
            interaction=handle, step=situation.step.value
        )


def _wants_another(situation: Situation, message: Message) -> bool:
    """Who is asked to agree may be somebody else; nothing changes before they have signed in."""
    leaves = situation.step is Step.CONSENT and message.args["step"] == Step.SIGN_IN.value
    return leaves and "another" in message.query and situation.hinted_sub is None
