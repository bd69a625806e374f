"""The check_session_iframe (OIDC Session Management §3.2)."""

from dataclasses import dataclass

from limen.errors import InvalidRequest
from limen.ports.storage import Storage
from limen.protocol.answer import Page
from limen.protocol.message import Message


@dataclass(frozen=True, slots=True)
class CheckSessionEndpoint:
    """The one page that others may frame: it compares a hash and says changed or unchanged."""

    storage: Storage

    async def __call__(self, message: Message) -> Page:
        """Return the page; the HTTP layer adds the physical name of the browser state's cookie."""
        client_id = message.one("client_id")
        if client_id is not None:
            client = await self.storage.client(message.tenant.tenant_id, client_id)
            if client is None or not client.enabled:
                raise InvalidRequest("client_id is unknown", page_code="unknown_client")
        return Page(name="check_session")
