"""Who asks about a token: an allowed client, or the holder of an access token (RFC 7662 §2.1, §2.3)."""

from dataclasses import dataclass

import msgspec

from limen.client_auth.authenticate import Authenticate
from limen.endpoints.bound import Bound
from limen.endpoints.committing import refusal_of
from limen.errors import InvalidClient, InvalidRequest, InvalidToken, MayNotIntrospect
from limen.model.client import Client
from limen.model.scope import Scope
from limen.ports.storage import Change, Storage
from limen.protocol.message import Message
from limen.protocol.policy import Policies
from limen.tokens.presented import AccessTokens

SCOPE = "limen:introspect"
_SCHEMES = frozenset({"bearer", "dpop"})
_OTHERS = ("client_secret", "client_assertion")


class Asker(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`holds`: the token that was shown instead of a proof of the client, where it is for itself alone."""

    client: Client
    holds: str | None = None

    def __repr__(self) -> str:
        """Keep the token out of tracebacks and logs."""
        return f"Asker({self.client.client_id!r})"

    def may_ask_about(self, token: str) -> bool:
        return self.holds in {None, token}


@dataclass(frozen=True, slots=True, kw_only=True)
class Askers:
    """An access token speaks for its client where it has the scope, and the client could ask itself."""

    storage: Storage
    authenticate: Authenticate
    access_tokens: AccessTokens
    bound: Bound
    policies: Policies

    async def __call__(self, message: Message) -> Asker:
        """Return who asks; refuse whom nobody allowed to."""
        scheme, _, token = (message.authorization or "").partition(" ")
        if scheme.lower() in _SCHEMES:
            asker, changes = await self._holder(message, token.strip(), scheme.lower())
        else:
            by = await self.authenticate(message)
            if by.client.is_public:
                raise InvalidClient("a public client proves nothing, and cannot use introspection")
            if not by.policy.allow_introspection:
                raise MayNotIntrospect("the client may not use introspection")
            asker, changes = Asker(client=by.client), by.changes
        if "token" in message.query:
            raise InvalidRequest("the token must not be sent in the URL")
        if changes and (lost := await self.storage.commit(*changes)) is not None:
            raise refusal_of(lost)
        return asker

    async def _holder(self, message: Message, token: str, scheme: str) -> tuple[Asker, tuple[Change, ...]]:
        if any(name in message.params for name in _OTHERS):
            raise InvalidRequest("an access token and a proof of the client were sent together")
        presented = await self.access_tokens.find(message.tenant, token)
        if presented is None or presented.reason or presented.client is None:
            reason = presented.reason if presented else "not a token of this tenant"
            raise InvalidToken("the access token is invalid, expired or revoked", detail=reason)
        changes = await self.bound.at_resource(message, token, scheme, presented)
        allowed = self.policies.of(message.tenant, presented.client).allow_introspection
        speaks = allowed and SCOPE in Scope.parse(presented.content.scope)
        return Asker(client=presented.client, holds=None if speaks else token), changes
