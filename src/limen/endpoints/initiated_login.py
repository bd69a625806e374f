"""The way from our pages into an app: it begins the sign-in itself (OIDC Core §4)."""

from dataclasses import dataclass

from limen.errors import InvalidRequest, UnauthorizedClient
from limen.ports.storage import Storage
from limen.protocol.answer import Go
from limen.protocol.initiate_login import initiate_login_url
from limen.protocol.message import Message


@dataclass(frozen=True, slots=True)
class InitiatedLoginEndpoint:
    """Goes only where the client registered to be sent."""

    storage: Storage

    async def __call__(self, message: Message) -> Go:
        """Send the browser to the app's initiate_login_uri, or to its home page."""
        client = await self.storage.client(message.tenant.tenant_id, message.args["client_id"])
        # Whoever registered alone would make our address lead to theirs.
        if client is None or client.owner != "operator":
            raise InvalidRequest("client_id is unknown", page_code="unknown_client")
        if not client.enabled:
            raise UnauthorizedClient("the application is disabled", page_code="disabled_client")
        url = initiate_login_url(
            client,
            message.tenant.issuer,
            target_link_uri=message.one("target_link_uri"),
            login_hint=message.one("login_hint"),
        )
        where = url or client.client_uri
        if where is None:
            raise InvalidRequest("the application has no address to begin at", page_code="not_found")
        return Go(location=where)
