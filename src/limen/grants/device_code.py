"""device_code (RFC 8628 §3.4, §3.5)."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from limen.errors import InvalidGrant
from limen.model.artifacts import DeviceCode
from limen.ports.storage import Change, Live, Put, Remove, Storage, Swap
from limen.protocol.message import Message
from limen.protocol.polling import Poll, judge, polled, refusal
from limen.protocol.registered_values import DEVICE_CODE
from limen.protocol.resource import audience_of
from limen.tokens.authorization import Authorization, Call
from limen.tokens.digest import digest
from limen.tokens.gate import require_standing, tenant_or_client_refuses
from limen.tokens.refresh import RefreshTokens

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCodeRequest:
    """RFC 8628 §3.4, RFC 8707 §2.2."""

    device_code: str
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceCodeGrant:
    """A device code pays once: its removal commits with the tokens."""

    storage: Storage
    refresh_tokens: RefreshTokens
    grant_type: ClassVar[str] = DEVICE_CODE
    request: ClassVar[type] = DeviceCodeRequest

    async def authorize(self, request: DeviceCodeRequest, call: Call, message: Message) -> Authorization:
        """Tell the device how things stand, or let it have what the person allowed."""
        code = await self._approved(request, call)
        if reason := tenant_or_client_refuses(call.tenant, call.client, code.created_at):
            raise InvalidGrant("the device code is no longer valid", detail=reason)
        standing = require_standing(
            await self.storage.standing(code.tenant_id, code.grant_id or ""), code.created_at
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
            changes=(Remove(code), alive, Put(grant)),
            refresh_token=token,
            id_token="openid" in grant.scope,
            audience=audience_of(request.resource, grant.resource),
            binding=grant.binding,
            must_prove=standing.grant.binding,
            authorization_details=grant.authorization_details,
        )

    async def lost(
        self, change: Change, request: DeviceCodeRequest, call: Call, message: Message
    ) -> Authorization:
        """Somebody redeemed the code first, or the grant was revoked: look again."""
        return await self.authorize(request, call, message)

    async def _approved(self, request: DeviceCodeRequest, call: Call) -> DeviceCode:
        """Return the code once the person allowed it; until then remember the poll and refuse."""
        for _ in range(_TRIES):
            code = await self.storage.get(DeviceCode, call.tenant.tenant_id, digest(request.device_code))
            if code is None or code.client_id != call.client.client_id:
                raise InvalidGrant("the device code is unknown or already used")
            verdict = judge(code, call.now)
            if verdict is Poll.READY:
                return code
            if verdict in {Poll.DENIED, Poll.EXPIRED}:
                raise refusal(verdict)
            after = polled(code, verdict, call.now)
            # The person may decide at this very moment: then what was read is old.
            if after == code or await self.storage.commit(Swap(code, after)) is None:
                raise refusal(verdict)
        raise refusal(Poll.TOO_SOON)
