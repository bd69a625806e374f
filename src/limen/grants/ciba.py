"""urn:openid:params:grant-type:ciba (CIBA Core §10.1, §11)."""

from dataclasses import dataclass
from typing import ClassVar

import msgspec
from msgspec import structs

from limen.credentials.awaited_decision import AwaitedDecisions
from limen.errors import InvalidGrant, UnauthorizedClient
from limen.model.artifacts import BackchannelRequest
from limen.ports.storage import Change
from limen.protocol.message import Message
from limen.protocol.registered_values import CIBA
from limen.protocol.resource import audience_of
from limen.tokens.authorization import Authorization, Call
from limen.tokens.digest import digest


class CibaRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """CIBA Core §10.1, RFC 8707 §2.2."""

    auth_req_id: str
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CibaGrant:
    """For clients that poll, and those that were told it is time to."""

    decisions: AwaitedDecisions
    grant_type: ClassVar[str] = CIBA
    request: ClassVar[type] = CibaRequest

    async def authorize(self, request: CibaRequest, call: Call, message: Message) -> Authorization:
        """Tell the client how things stand, or let it have what the person approved."""
        if call.client.backchannel_token_delivery_mode == "push":
            raise UnauthorizedClient("tokens are pushed to this client; it must not ask for them")
        waiting = await self.decisions.poll(BackchannelRequest, digest(request.auth_req_id), call)
        if waiting is None:
            raise InvalidGrant("auth_req_id is unknown or already used")
        approved = await self.decisions.redeem(waiting, call)
        return structs.replace(approved, audience=audience_of(request.resource, approved.audience))

    async def lost(self, change: Change, request: CibaRequest, call: Call, message: Message) -> Authorization:
        """Somebody redeemed the request first, or the grant was revoked: look again."""
        return await self.authorize(request, call, message)
