"""Read and answer the JSON documents of registration (RFC 7591 §2, §3.2.1; RFC 7592 §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from limen.credentials.software_statement import SoftwareStatements
from limen.errors import InvalidClientMetadata, InvalidSoftwareStatement, InvalidToken
from limen.model.client import Client
from limen.ports.registrar import Registered
from limen.protocol.answer import Body
from limen.protocol.client_metadata import write_metadata
from limen.protocol.message import Message
from limen.protocol.software_statement import stated
from limen.protocol.strict_json import read_object

PATH = "/oauth2/register"
# What only an operator decides, and says in other places.
_INTERNAL = frozenset({"limen_enabled", "limen_first_party"})


@dataclass(frozen=True, slots=True)
class RegistrationDocuments:
    """Both endpoints read alike: a client that was registered by a statement is also changed by one."""

    statements: SoftwareStatements

    async def read(self, message: Message) -> dict[str, Any]:
        """Return the metadata that count."""
        document = read_object(message.body)
        if document is None:
            raise InvalidClientMetadata("the body must be one JSON object, without repeated members")
        registration = message.tenant.registration
        statement = document.get("software_statement")
        if statement is None:
            if registration.mode == "statement":
                raise InvalidSoftwareStatement("software_statement is missing")
            return document
        if registration.mode != "statement" and not registration.statement_issuers:
            # RFC 7591 §2.3: whoever does not support statements ignores them.
            return {name: value for name, value in document.items() if name != "software_statement"}
        if not isinstance(statement, str):
            raise InvalidSoftwareStatement("software_statement must be a string")
        return stated(document, await self.statements.read(message.tenant, statement))


def presented_token(message: Message) -> str:
    """Return the bearer token of the Authorization header, or refuse with InvalidToken (RFC 6750 §2.1)."""
    scheme, _, token = (message.authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise InvalidToken("")
    return token.strip()


def answer(registered: Registered, message: Message, token: str, *, status: int = 200) -> Body:
    """Return the client information response."""
    client = registered.client
    document = {
        "client_id": client.client_id,
        "client_id_issued_at": client.client_id_issued_at,
        **_secret(registered),
        "registration_client_uri": f"{message.base}{PATH}/{client.client_id}",
        "registration_access_token": token,
        **_metadata(client),
    }
    return Body(content=orjson.dumps(document), status=status)


def _secret(registered: Registered) -> Mapping[str, Any]:
    if registered.client_secret is None:
        return {}
    expires_at = registered.client.client_secrets[-1].expires_at
    return {"client_secret": registered.client_secret.reveal(), "client_secret_expires_at": expires_at}


def _metadata(client: Client) -> dict[str, Any]:
    return {name: value for name, value in write_metadata(client).items() if name not in _INTERNAL}
