"""The device authorization endpoint (RFC 8628 §3.1, §3.2)."""

from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from limen.client_auth.authenticate import Authenticate
from limen.client_auth.base import Authenticated
from limen.credentials.rationing import Ration, count
from limen.endpoints.committing import refusal_of
from limen.errors import InvalidRequest, ServerError, UnauthorizedClient
from limen.model.artifacts import DeviceCode
from limen.model.scope import Scope
from limen.ports.keys import Keys
from limen.ports.storage import Add, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.authorization_details import parse
from limen.protocol.device import shown, user_code
from limen.protocol.message import Message
from limen.protocol.params import read
from limen.protocol.registered_values import DEVICE_CODE
from limen.protocol.resource import check_audience
from limen.protocol.scope import grantable, permitted
from limen.protocol.throttling import neighbourhood
from limen.tokens.digest import digest
from limen.tokens.user_code import user_code_digest

PAGE = "/device"  # short, because people type it
_PREFIX = "lm_dc_"
_OCTETS, _TRIES = 32, 4
_OF_STRANGERS = Ration("device-code", 300)


class DeviceAuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 8628 §3.1, RFC 8707 §2, RFC 9396 §2."""

    scope: Scope | None = None
    resource: tuple[str, ...] = ()
    authorization_details: str | None = None


class DeviceAuthorizationResponse(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 8628 §3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorizationEndpoint:
    """Gives a device one code to poll with and another to show to a person."""

    storage: Storage
    authenticate: Authenticate
    keys: Keys
    clock: Clock
    entropy: Entropy

    async def __call__(self, message: Message) -> DeviceAuthorizationResponse:
        """Answer a device authorization request, or refuse."""
        if "client_secret" in message.query or "client_assertion" in message.query:
            raise InvalidRequest("credentials must not be sent in the URL")
        by = await self.authenticate(message)
        if DEVICE_CODE not in by.client.grant_types:
            raise UnauthorizedClient("the client may not use the device flow")
        request = read(DeviceAuthorizationRequest, message.params)
        handle, code = _PREFIX + self.entropy.handle(), await self._unused(message.tenant.tenant_id)
        waiting = self._waiting(request, by, message, handle, code)
        if by.client.is_public:  # it has proven nothing, and its code is stored
            place = neighbourhood(message.source)
            await count(self.storage, _OF_STRANGERS, waiting.tenant_id, place, self.clock.now())
        lost = await self.storage.commit(*by.changes, Add(waiting))
        if lost is not None:
            raise refusal_of(lost)
        page = message.base + PAGE
        return DeviceAuthorizationResponse(
            device_code=handle,
            user_code=shown(code),
            verification_uri=page,
            verification_uri_complete=f"{page}?{urlencode({'user_code': shown(code)})}",
            expires_in=by.policy.device_code_lifetime,
            interval=waiting.interval,
        )

    def _waiting(
        self,
        request: DeviceAuthorizationRequest,
        by: Authenticated,
        message: Message,
        handle: str,
        code: str,
    ) -> DeviceCode:
        now, tenant = self.clock.now(), message.tenant
        return DeviceCode(
            tenant_id=tenant.tenant_id,
            digest=digest(handle),
            expires_at=now + by.policy.device_code_lifetime,
            client_id=by.client.client_id,
            user_code_digest=user_code_digest(self.keys, tenant.tenant_id, code),
            scope=grantable(request.scope, permitted(tenant, by.client, by.policy), by.policy),
            interval=by.policy.device_code_interval,
            resource=check_audience(request.resource, tenant),
            authorization_details=parse(request.authorization_details, tenant, by.client),
            source=message.source,
            user_agent=message.headers.get("user-agent", "")[:200],
            created_at=now,
        )

    async def _unused(self, tenant_id: str) -> str:
        """Draw a user code that no other device shows."""
        for _ in range(_TRIES):
            code = user_code(self.entropy.octets(_OCTETS))
            if code is None:
                continue
            found_by = user_code_digest(self.keys, tenant_id, code)
            if await self.storage.device_code(tenant_id, found_by) is None:
                return code
        raise ServerError("no user code could be drawn")
