"""urn:openid:params:grant-type:ciba (CIBA Core §10.1, §11)."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from msgspec import structs

from limen.errors import InvalidGrant, UnauthorizedClient
from limen.model.artifacts import BackchannelRequest
from limen.ports.storage import Change, Live, Put, Remove, Storage, Swap
from limen.protocol.message import Message
from limen.protocol.polling import Poll, judge, polled, refusal
from limen.protocol.registered_values import CIBA
from limen.protocol.resource import audience_of
from limen.tokens.authorization import Authorization, Call
from limen.tokens.digest import digest
from limen.tokens.gate import require_standing, tenant_or_client_refuses
from limen.tokens.refresh import RefreshTokens

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CibaRequest:
    """CIBA Core §10.1, RFC 8707 §2.2."""

    auth_req_id: str
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CibaGrant:
    """A request pays once: its removal commits with the tokens."""

    storage: Storage
    refresh_tokens: RefreshTokens
    grant_type: ClassVar[str] = CIBA
    request: ClassVar[type] = CibaRequest

    async def authorize(self, request: CibaRequest, call: Call, message: Message) -> Authorization:
        """Tell the client how things stand, or let it have what the person approved."""
        if call.client.backchannel_token_delivery_mode == "push":
            raise UnauthorizedClient("tokens are pushed to this client; it must not ask for them")
        waiting = await self._approved(request, call)
        authorization = await self.redeem(waiting, call)
        return structs.replace(authorization, audience=audience_of(request.resource, authorization.audience))

    async def redeem(self, waiting: BackchannelRequest, call: Call) -> Authorization:
        """Return what was approved, with the changes that use it up; all it hangs from must be active."""
        if reason := tenant_or_client_refuses(call.tenant, call.client, waiting.created_at):
            raise InvalidGrant("the request is no longer valid", detail=reason)
        standing = require_standing(
            await self.storage.standing(waiting.tenant_id, waiting.grant_id or ""), waiting.created_at
        )
        grant = dataclasses.replace(
            standing.grant,
            binding={**standing.grant.binding, **call.binding},
            rotated_at=call.now,
            expires_at=max(standing.grant.expires_at, call.now + call.policy.access_token_lifetime),
        )
        grant, token = self.refresh_tokens.first(grant, call)
        alive = Live(tenant_id=grant.tenant_id, grant_id=grant.grant_id)
        return Authorization(
            sub=grant.sub,
            scope=grant.scope,
            grant=grant,
            person=standing.person,
            changes=(Remove(waiting), alive, Put(grant)),
            refresh_token=token,
            id_token="openid" in grant.scope,
            audience=grant.resource,
            binding=grant.binding,
            authorization_details=grant.authorization_details,
        )

    async def lost(self, change: Change, request: CibaRequest, call: Call, message: Message) -> Authorization:
        """Somebody redeemed the request first, or the grant was revoked: look again."""
        return await self.authorize(request, call, message)

    async def _approved(self, request: CibaRequest, call: Call) -> BackchannelRequest:
        """Return the request once the person approved it; until then remember the poll and refuse."""
        for _ in range(_TRIES):
            found_by = digest(request.auth_req_id)
            waiting = await self.storage.get(BackchannelRequest, call.tenant.tenant_id, found_by)
            if waiting is None or waiting.client_id != call.client.client_id:
                raise InvalidGrant("auth_req_id is unknown or already used")
            verdict = judge(waiting, call.now)
            if verdict is Poll.READY:
                return waiting
            if verdict in {Poll.DENIED, Poll.EXPIRED}:
                raise refusal(verdict)
            after = polled(waiting, verdict, call.now)
            # The person may decide at this very moment: then what was read is old.
            if after == waiting or await self.storage.commit(Swap(waiting, after)) is None:
                raise refusal(verdict)
        raise refusal(Poll.TOO_SOON)
