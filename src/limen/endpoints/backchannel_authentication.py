"""The backchannel authentication endpoint (CIBA Core §7)."""

from dataclasses import dataclass, field

import msgspec

from limen.client_auth.authenticate import Authenticate
from limen.client_auth.base import Authenticated
from limen.credentials.turns import Turns
from limen.endpoints.backchannel_requests import BackchannelRequests
from limen.endpoints.committing import refusal_of
from limen.endpoints.hinted_person import HintedPeople
from limen.errors import InvalidRequest, TooManyRequests, UnauthorizedClient
from limen.model.artifacts import BackchannelRequest
from limen.model.person import Person
from limen.ports.events import Events
from limen.ports.keys import Keys
from limen.ports.storage import Add, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.authorization_details import parse
from limen.protocol.backchannel_request import BackchannelAuthenticationRequest, lifetime
from limen.protocol.message import Message
from limen.protocol.registered_values import CIBA
from limen.protocol.resource import check_audience
from limen.protocol.scope import grantable, permitted
from limen.tokens.backchannel import PREFIX, seal_auth_req_id, seal_notification_token
from limen.tokens.digest import digest

_SENSITIVE = frozenset({"client_secret", "client_assertion", "user_code"})
_MOST_WAITING = 10  # requests of one client for one person, so that nobody is worn down to approve


class BackchannelAuthenticationResponse(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False
):
    """CIBA Core §7.3."""

    auth_req_id: str
    expires_in: int
    interval: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelAuthenticationEndpoint:
    """Lets a client ask a person who is somewhere else."""

    storage: Storage
    authenticate: Authenticate
    requests: BackchannelRequests
    people: HintedPeople
    keys: Keys
    events: Events
    clock: Clock
    entropy: Entropy
    _turns: Turns = field(default_factory=Turns)

    async def __call__(self, message: Message) -> BackchannelAuthenticationResponse:
        """Answer a request, or refuse."""
        if not _SENSITIVE.isdisjoint(message.query):
            raise InvalidRequest("credentials must not be sent in the URL")
        by = await self.authenticate(message)
        if CIBA not in by.client.grant_types or by.client.is_public:
            raise UnauthorizedClient("the client may not use backchannel authentication")
        request, uses = await self.requests.read(message, by)
        person = await self.people.find(request, by, message.tenant)
        auth_req_id = PREFIX + self.entropy.handle()
        waiting = self._waiting(request, by, message, person, auth_req_id)
        # Many at once would all find few that wait.
        async with self._turns.of(waiting.tenant_id, f"{person.sub} {waiting.client_id}"):
            await self._limit(person, by)
            lost = await self.storage.commit(*by.changes, *uses, Add(waiting))
        if lost is not None:
            raise refusal_of(lost)
        self.events.emit("backchannel.requested", tenant=message.tenant.name, client_id=by.client.client_id)
        pushed = by.client.backchannel_token_delivery_mode == "push"
        return BackchannelAuthenticationResponse(
            auth_req_id=auth_req_id,
            expires_in=waiting.expires_at - waiting.created_at,
            interval=None if pushed else waiting.interval,
        )

    async def _limit(self, person: Person, by: Authenticated) -> None:
        now = self.clock.now()
        theirs = [
            waiting
            for waiting in await self.storage.backchannel_requests(person.tenant_id, person.sub)
            if waiting.client_id == by.client.client_id and waiting.expires_at > now
        ]
        if len(theirs) >= _MOST_WAITING:
            soonest = min(waiting.expires_at for waiting in theirs)
            raise TooManyRequests("too many requests wait for this person", retry_after=soonest - now)

    def _waiting(
        self,
        request: BackchannelAuthenticationRequest,
        by: Authenticated,
        message: Message,
        person: Person,
        auth_req_id: str,
    ) -> BackchannelRequest:
        now, tenant, token = self.clock.now(), message.tenant, request.client_notification_token
        notified = by.client.backchannel_token_delivery_mode in {"ping", "push"} and token is not None
        keys, tenant_id = self.keys, tenant.tenant_id
        return BackchannelRequest(
            tenant_id=tenant_id,
            digest=digest(auth_req_id),
            expires_at=now + lifetime(request, by.policy),
            client_id=by.client.client_id,
            sub=person.sub,
            scope=grantable(request.scope, permitted(tenant, by.client, by.policy), by.policy),
            interval=by.policy.ciba_interval,
            binding_message=request.binding_message,
            acr_values=tuple((request.acr_values or "").split()),
            authorization_details=parse(request.authorization_details, tenant, by.client),
            resource=check_audience(request.resource, tenant),
            notification_token=seal_notification_token(keys, tenant_id, token or "") if notified else None,
            auth_req_id=seal_auth_req_id(keys, tenant_id, auth_req_id) if notified else None,
            created_at=now,
        )
