"""The token endpoint (RFC 6749 §3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from limen.client_auth.authenticate import Authenticate
from limen.client_auth.base import Authenticated
from limen.endpoints.bound import Bound
from limen.endpoints.committing import refusal_of
from limen.errors import InvalidGrant, InvalidRequest, UnauthorizedClient, UnsupportedGrantType
from limen.grants.base import Grant
from limen.ports.events import Events
from limen.ports.storage import Change, Replace, Storage
from limen.ports.world import Clock
from limen.protocol.message import Message
from limen.protocol.params import read, required
from limen.tokens.authorization import Call
from limen.tokens.issuer import Issuer, TokenResponse

# RFC 6749 §2.3.1: credentials never travel in the URL.
_SENSITIVE = frozenset({
    "client_secret", "client_assertion", "password", "username", "code", "refresh_token", "device_code",
    "assertion", "subject_token", "actor_token",
})  # fmt: skip
_LEGACY = {"password": "password", "implicit": "implicit"}
_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """The phases every grant shares, in the one order they run."""

    storage: Storage
    authenticate: Authenticate
    grants: Mapping[str, Grant]
    bound: Bound
    issuer: Issuer
    events: Events
    clock: Clock

    async def __call__(self, message: Message) -> TokenResponse:
        """Answer a token request, or refuse."""
        if message.query and not _SENSITIVE.isdisjoint(message.query):
            raise InvalidRequest("credentials must not be sent in the URL")
        authenticated = await self.authenticate(message)
        grant = self._grant(required(message.params, "grant_type"), message, authenticated)
        request = read(grant.request, message.params)
        binding, proofs = await self.bound.at_issue(message, authenticated.policy)
        call = Call(
            tenant=message.tenant,
            client=authenticated.client,
            policy=authenticated.policy,
            now=self.clock.now(),
            binding=binding,
        )
        authorization = await grant.authorize(request, call, message)
        if authorization.must_prove:
            await self.bound.at_refresh(message, call, authorization.must_prove)
        proven = (*authenticated.changes, *proofs)
        for _ in range(_TRIES):
            response, minted = await self.issuer.issue(authorization, call)
            changes = (*proven, *authorization.changes, *minted)
            lost = await self._commit(changes, proven) if changes else None
            if lost is None:
                self._tell(call, grant)
                if call.client.owner != "operator" and not call.client.used_at:
                    await self._note_use(call)
                return response
            authorization = await grant.lost(lost, request, call, message)
        raise InvalidGrant("the grant was used by other requests at the same time")

    def _tell(self, call: Call, grant: Grant) -> None:
        self.events.emit(
            "token.issued",
            tenant=call.tenant.name,
            client_id=call.client.client_id,
            grant_type=grant.grant_type,
        )

    async def _note_use(self, call: Call) -> None:
        """Who registered itself and never came for a token is forgotten some day. A lost race is no loss."""
        client = call.client
        seen = structs.replace(client, used_at=call.now, revision=client.revision + 1)
        await self.storage.commit(Replace(seen))

    async def _commit(self, changes: tuple[Change, ...], proven: tuple[Change, ...]) -> Change | None:
        lost = await self.storage.commit(*changes)
        if lost is not None and lost in proven:
            raise refusal_of(lost)
        return lost

    def _grant(self, grant_type: str, message: Message, authenticated: Authenticated) -> Grant:
        grant = self.grants.get(grant_type)
        legacy = _LEGACY.get(grant_type)
        if grant is None or (legacy is not None and legacy not in message.tenant.legacy):
            raise UnsupportedGrantType("grant_type is not supported")
        if grant_type not in authenticated.client.grant_types:
            raise UnauthorizedClient("the client may not use this grant_type")
        return grant
