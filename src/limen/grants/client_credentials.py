"""client_credentials (RFC 6749 §4.4)."""

from typing import ClassVar, Never

import msgspec

from limen.errors import InvalidGrant, UnauthorizedClient
from limen.model.scope import Scope
from limen.ports.storage import Change
from limen.protocol.message import Message
from limen.protocol.resource import check_audience
from limen.protocol.scope import grantable, permitted
from limen.tokens.authorization import Authorization, Call

# Scopes that speak of a person have no meaning for a client that acts for itself.
PERSONAL = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})


class ClientCredentialsRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 6749 §4.4.2, RFC 8707 §2.2."""

    scope: Scope | None = None
    resource: tuple[str, ...] = ()


class ClientCredentials:
    """The client is its own subject; there is no grant row, no refresh token and no ID token."""

    grant_type: ClassVar[str] = "client_credentials"
    request: ClassVar[type] = ClientCredentialsRequest

    async def authorize(
        self, request: ClientCredentialsRequest, call: Call, message: Message
    ) -> Authorization:
        """Grant what the client may have, less what speaks of a person."""
        if call.client.is_public:
            raise UnauthorizedClient("a public client may not use client_credentials")
        asked = request.scope
        if asked is not None and not PERSONAL.isdisjoint(asked):
            asked = Scope(asked - PERSONAL)
        allowed = permitted(call.tenant, call.client, call.policy)
        return Authorization(
            sub=call.client.client_id,
            scope=grantable(asked or None, allowed, call.policy),
            less_scope=asked is not request.scope,
            audience=check_audience(request.resource, call.tenant),
        )

    async def lost(
        self, change: Change, request: ClientCredentialsRequest, call: Call, message: Message
    ) -> Never:
        """Nothing of this grant can be lost."""
        raise InvalidGrant("the request cannot be repeated")
