"""jwt-bearer: an assertion of a trusted issuer as a grant (RFC 7523 §2.1, §3.1; RFC 7521 §4.1)."""

from dataclasses import dataclass
from typing import ClassVar, Never

import msgspec

from limen.credentials.trusted_issuer import TrustedIssuers
from limen.errors import InvalidGrant
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.scope import Scope
from limen.ports.storage import Change, Mark, Put
from limen.ports.world import Entropy
from limen.protocol.message import Message
from limen.protocol.registered_values import JWT_BEARER
from limen.protocol.resource import check_audience
from limen.protocol.scope import grantable, permitted
from limen.protocol.trusted_assertion import Assertion
from limen.tokens.authorization import Authorization, Call
from limen.tokens.digest import digest

_MARK = "assertion-grant"


class JwtBearerRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 7523 §2.1, RFC 7521 §4.1, RFC 8707 §2.2."""

    assertion: str
    scope: Scope | None = None
    resource: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """Each assertion works once. There is no refresh token: the client asks its issuer for another."""

    trusted_issuers: TrustedIssuers
    entropy: Entropy
    grant_type: ClassVar[str] = JWT_BEARER
    request: ClassVar[type] = JwtBearerRequest

    async def authorize(self, request: JwtBearerRequest, call: Call, message: Message) -> Authorization:
        """Take the issuer's word for who it is."""
        assertion, issuer = await self.trusted_issuers.read(
            call.tenant, request.assertion, skew=call.policy.clock_skew
        )
        if assertion.jti is None or issuer.subjects != "person":
            raise InvalidGrant(
                "the assertion is not accepted",
                detail="no jti, or the issuer's subjects are not people of ours",
            )
        person = await self.trusted_issuers.person(call.tenant, assertion)
        scope = grantable(request.scope, permitted(call.tenant, call.client, call.policy), call.policy)
        audience = check_audience(request.resource, call.tenant)
        grant = self._grant(person, scope, audience, call)
        return Authorization(
            sub=person.sub,
            scope=scope,
            grant=grant,
            person=person,
            changes=(_use(assertion, assertion.jti, call), Put(grant)),
            id_token="openid" in scope,
            audience=audience,
            binding=grant.binding,
        )

    async def lost(self, change: Change, request: JwtBearerRequest, call: Call, message: Message) -> Never:
        """The assertion was used before."""
        raise InvalidGrant("the assertion is not accepted", detail="its jti was used before")

    def _grant(self, person: Person, scope: Scope, audience: tuple[str, ...], call: Call) -> Grant:
        return Grant(
            tenant_id=call.tenant.tenant_id,
            grant_id=self.entropy.identifier(),
            client_id=call.client.client_id,
            sub=person.sub,
            scope=scope,
            resource=audience,
            binding=call.binding,
            created_at=call.now,
            expires_at=call.now + call.policy.access_token_lifetime,
        )


def _use(assertion: Assertion, jti: str, call: Call) -> Mark:
    return Mark(
        tenant_id=call.tenant.tenant_id,
        purpose=_MARK,
        digest=digest(f"{assertion.iss}\n{jti}"),
        expires_at=assertion.exp,
    )
