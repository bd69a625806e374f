"""The client configuration endpoint: a client reads, replaces and deletes itself (RFC 7592 §2)."""

import hmac
from dataclasses import dataclass

from limen.client_auth.base import secret_of
from limen.endpoints.registration_document import RegistrationDocuments, answer, presented_token
from limen.errors import InvalidClientMetadata, InvalidToken
from limen.model.client import Client
from limen.ports.registrar import Registered, Registrar
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.answer import Body
from limen.protocol.message import Message
from limen.tokens.digest import digest

_NO_CONTENT = 204


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfigurationEndpoint:
    """The registration access token opens its own client and nothing else."""

    storage: Storage
    documents: RegistrationDocuments
    registrar: Registrar
    clock: Clock

    async def __call__(self, message: Message) -> Body:
        """Answer a read, an update or a deletion."""
        token = presented_token(message)
        client = await self._client(message, token)
        if message.method == "DELETE":
            await self.registrar.withdraw(message.tenant, client, request_id=message.request_id)
            return Body(content=b"", status=_NO_CONTENT)
        if message.method == "PUT":
            return answer(await self._replaced(message, client), message, token)
        return answer(Registered(client=client), message, token)

    async def _client(self, message: Message, token: str) -> Client:
        """RFC 7592 §2.1: whether the client is unknown or another's is not told."""
        client = await self.storage.client(message.tenant.tenant_id, message.args["client_id"])
        known = client.registration_access_token_digest if client is not None else None
        if client is None or not client.enabled or not hmac.compare_digest(digest(token), known or ""):
            raise InvalidToken("the registration access token is not valid for this client")
        return client

    async def _replaced(self, message: Message, client: Client) -> Registered:
        document = await self.documents.read(message)
        if document.get("client_id") != client.client_id:
            raise InvalidClientMetadata("client_id must be the client's own")
        secret = document.get("client_secret")
        # RFC 7592 §2.2: a client cannot choose its secret, only show that it knows it.
        if secret is not None and not (
            isinstance(secret, str) and secret_of(client, secret, self.clock.now()) is not None
        ):
            raise InvalidClientMetadata("client_secret is not the client's own")
        return await self.registrar.replace(message.tenant, client, document, request_id=message.request_id)
