"""The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from msgspec import structs

from limen.credentials.client_lookup import ClientLookup
from limen.endpoints.dispatch import Dispatcher
from limen.endpoints.opening import Opening
from limen.endpoints.request_sources import RequestSources
from limen.endpoints.responder import Responder
from limen.endpoints.validated import Validated, single, validate
from limen.endpoints.way_back import show_way_back
from limen.errors import ErrorToClient, InvalidRequest, OAuthError
from limen.model.client import Client
from limen.ports.events import Events
from limen.protocol.answer import Answer, Ask, Go, Page
from limen.protocol.interaction import Step
from limen.protocol.message import Message, Params
from limen.protocol.policy import Policies
from limen.protocol.profile_request import Sent

_LONGEST = 8_000  # characters of a URL that every browser and proxy passes on


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEndpoint:
    """Takes a request to its answer, by way of whatever the person must be asked."""

    clients: ClientLookup
    sources: RequestSources
    dispatcher: Dispatcher
    opening: Opening
    responder: Responder
    policies: Policies
    events: Events

    async def __call__(self, message: Message) -> Answer | Ask | Go | Page:
        """Answer the client at once, or show the person the first step."""
        client_id = single(message.params, "client_id")
        if client_id is None:
            raise InvalidRequest("client_id is missing")
        client = await self.clients(message.tenant, client_id, message.source)
        if client is None:
            raise InvalidRequest("client_id is unknown", page_code="unknown_client")
        try:
            return await self._answer(message, client)
        except ErrorToClient as refused:
            return await self.refuse(message, client, refused)
        except OAuthError as error:
            show_way_back(error, client, message)
            raise

    async def _answer(self, message: Message, client: Client) -> Answer | Ask | Go | Page:
        asked = await self.sources.visited(message.params, message.tenant, client)
        validated = self.validate(asked.params, message, client, sent=asked.sent, pushed=asked.pushed)
        if "none" in validated.request.prompt and (go := _ask_again(message)):
            return go
        situation = await self.dispatcher.situation(validated, None)
        # Reloading a page that answers a form would ask to send the form again: then by redirect.
        if situation.step is Step.DONE or message.method != "GET":
            return await self.dispatcher.proceed(situation, None)
        return await self.opening(situation, await self.dispatcher.begin(validated), message)

    def validate(
        self,
        params: Params,
        message: Message,
        client: Client,
        *,
        sent: Sent | None = None,
        pushed: str | None = None,
    ) -> Validated:
        """Run every check that needs no person; how it was `sent` is judged once."""
        validated = validate(params, message.tenant, client, self.policies, sent=sent)
        return structs.replace(validated, cookies=message.cookies, source=message.source, pushed=pushed)

    async def refuse(self, message: Message, client: Client, refused: ErrorToClient) -> Answer:
        """Let the refusal travel to the client, and tell the operator."""
        self.events.emit(
            "authorization.refused",
            reference=message.request_id,
            tenant=message.tenant.name,
            client_id=client.client_id,
            error=refused.error.error,
            description=refused.error.description,
            detail=refused.error.detail,
        )
        return await self.responder.refuse(message.tenant, client, refused)


def _ask_again(message: Message) -> Go | None:
    """A form of another site comes without our cookies (SameSite=Lax): who is there shows by GET."""
    if message.method == "GET" or "session" in message.cookies:
        return None
    url = f"{message.url}?{urlencode(message.params, doseq=True)}"
    return Go(location=url) if len(url) <= _LONGEST else None
