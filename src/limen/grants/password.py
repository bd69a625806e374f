"""password (RFC 6749 §4.3): for legacy clients of tenants that allow it; RFC 9700 §2.4 advises against it."""

from dataclasses import dataclass
from typing import ClassVar, Never

import msgspec

from limen.credentials.password import ACR, AMR, Attempt, PasswordCheck
from limen.errors import InvalidGrant
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.secret import Secret
from limen.ports.events import Events
from limen.ports.storage import Change, Put
from limen.ports.world import Entropy
from limen.protocol.message import Message
from limen.protocol.resource import check_audience
from limen.protocol.scope import grantable, permitted
from limen.tokens.authorization import Authorization, Call
from limen.tokens.refresh import RefreshTokens


class PasswordRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 6749 §4.3.2, RFC 8707 §2.2."""

    username: str
    password: Secret
    scope: Scope | None = None
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordGrant:
    """The rules of the sign-in page hold here, too; whoever has a second factor is refused."""

    check: PasswordCheck
    refresh_tokens: RefreshTokens
    events: Events
    entropy: Entropy
    grant_type: ClassVar[str] = "password"
    request: ClassVar[type] = PasswordRequest

    async def authorize(self, request: PasswordRequest, call: Call, message: Message) -> Authorization:
        """Check the password; the grant has no session, so it stands by itself."""
        scope = grantable(request.scope, permitted(call.tenant, call.client, call.policy), call.policy)
        audience = check_audience(request.resource, call.tenant)
        attempt = Attempt(username=request.username, password=request.password, source=message.source)
        outcome = await self.check(call.tenant, attempt, alone=True)
        if outcome.wait:
            raise InvalidGrant(f"too many failed attempts; try again in {outcome.wait} seconds")
        if outcome.person is None:
            self.events.emit(
                "sign_in.failed", reference=message.request_id, tenant=call.tenant.name, source=message.source
            )
            raise InvalidGrant("the username or password is wrong")
        grant = self._grant(outcome.person, scope, audience, call)
        grant, token = self.refresh_tokens.first(grant, call)
        return Authorization(
            sub=grant.sub,
            scope=scope,
            grant=grant,
            person=outcome.person,
            changes=(*outcome.changes, Put(grant)),
            refresh_token=token,
            id_token="openid" in scope,
            audience=audience,
            binding=grant.binding,
        )

    async def lost(self, change: Change, request: PasswordRequest, call: Call, message: Message) -> Never:
        """The person was changed while the password was checked, so that it may be wrong by now."""
        raise InvalidGrant("the username or password is wrong")

    def _grant(self, person: Person, scope: Scope, audience: tuple[str, ...], call: Call) -> Grant:
        return Grant(
            tenant_id=call.tenant.tenant_id,
            grant_id=self.entropy.identifier(),
            client_id=call.client.client_id,
            sub=person.sub,
            scope=scope,
            auth_time=call.now,
            amr=AMR,
            acr=ACR,
            resource=audience,
            binding=call.binding,
            created_at=call.now,
            rotated_at=call.now,
            expires_at=call.now + call.policy.access_token_lifetime,
        )
