"""device_code (RFC 8628 §3.4, §3.5)."""

from dataclasses import dataclass
from typing import ClassVar

import msgspec
from msgspec import structs

from limen.credentials.awaited_decision import AwaitedDecisions
from limen.errors import InvalidGrant
from limen.model.artifacts import DeviceCode
from limen.ports.storage import Change
from limen.protocol.message import Message
from limen.protocol.registered_values import DEVICE_CODE
from limen.protocol.resource import audience_of
from limen.tokens.authorization import Authorization, Call
from limen.tokens.digest import digest


class DeviceCodeRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 8628 §3.4, RFC 8707 §2.2."""

    device_code: str
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceCodeGrant:
    """For devices, which poll."""

    decisions: AwaitedDecisions
    grant_type: ClassVar[str] = DEVICE_CODE
    request: ClassVar[type] = DeviceCodeRequest

    async def authorize(self, request: DeviceCodeRequest, call: Call, message: Message) -> Authorization:
        """Tell the device how things stand, or let it have what the person allowed."""
        code = await self.decisions.poll(DeviceCode, digest(request.device_code), call)
        if code is None:
            raise InvalidGrant("the device code is unknown or already used")
        allowed = await self.decisions.redeem(code, call)
        return structs.replace(allowed, audience=audience_of(request.resource, allowed.audience))

    async def lost(
        self, change: Change, request: DeviceCodeRequest, call: Call, message: Message
    ) -> Authorization:
        """Somebody redeemed the code first, or the grant was revoked: look again."""
        return await self.authorize(request, call, message)
