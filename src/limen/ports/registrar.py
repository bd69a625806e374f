"""What the registration endpoints need of the room that administers clients (RFC 7591 §3, RFC 7592 §2)."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from limen.model.client import Client
from limen.model.secret import Secret
from limen.model.tenant import Tenant


class Applicant(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who wants to register: `token_id` names the initial access token that is spent, if any."""

    request_id: str
    token_id: str | None = None


class Registered(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A client as stored, with what it is told once."""

    client: Client
    client_secret: Secret | None = None
    registration_access_token: Secret | None = None


class Registrar(Protocol):
    """Clients that register and manage themselves; what they say is judged as an operator's word is."""

    async def register(self, tenant: Tenant, document: Mapping[str, Any], by: Applicant) -> Registered:
        """Make a client; refuse with the errors of RFC 7591 §3.2.2."""
        ...

    async def replace(
        self, tenant: Tenant, client: Client, document: Mapping[str, Any], *, request_id: str
    ) -> Registered:
        """Let the client be what the document says, and nothing else."""
        ...

    async def withdraw(self, tenant: Tenant, client: Client, *, request_id: str) -> None:
        """Remove the client with everything issued to it."""
        ...
