"""refresh_token (RFC 6749 §6, RFC 9700 §4.14, OIDC Core §12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec
from msgspec import structs

from limen.errors import InvalidGrant
from limen.model.grant import Grant
from limen.model.scope import Scope
from limen.ports.storage import Change, Live, Put, Revoke, Rotate, Standing, Storage
from limen.protocol import authorization_details as details
from limen.protocol.message import Message
from limen.protocol.resource import audience_of, still_known
from limen.protocol.rotation import Verdict, is_idle, judge, notes_use
from limen.protocol.scope import narrow, permitted
from limen.tokens.authorization import Authorization, Call
from limen.tokens.gate import require_standing
from limen.tokens.refresh import RefreshContent, RefreshTokens, refresh_deadline, row_end

_INVALID = "the refresh token is invalid, expired or revoked"


class RefreshTokenRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 6749 §6, RFC 8707 §2.2, RFC 9396 §6."""

    refresh_token: str
    scope: Scope | None = None
    resource: tuple[str, ...] = ()
    authorization_details: str | None = None


@dataclass(frozen=True, slots=True)
class RefreshTokenGrant:
    """A family is one grant and its generation; rotation is one conditional update."""

    storage: Storage
    refresh_tokens: RefreshTokens
    grant_type: ClassVar[str] = "refresh_token"
    request: ClassVar[type] = RefreshTokenRequest

    async def authorize(self, request: RefreshTokenRequest, call: Call, message: Message) -> Authorization:
        """Check the token, its family and everything it hangs from; rotate where the policy says so."""
        content = self.refresh_tokens.read(call.tenant.tenant_id, request.refresh_token)
        if content is None or content.client_id != call.client.client_id or content.expires_at <= call.now:
            raise InvalidGrant(_INVALID, detail="not ours, of another client, or expired")
        standing = await self._standing(content, call)
        grant = standing.grant
        verdict = judge(
            grant, generation=content.generation, now=call.now, grace=call.policy.refresh_token_grace
        )
        if verdict is Verdict.REUSED:
            await self._end_family(grant, call)
        # What the operator took from the client since is in no new token, even where a grant has it still.
        scope = narrow(request.scope, Scope(grant.scope & permitted(call.tenant, call.client, call.policy)))
        token, deadline, changes = self._successor(request.refresh_token, standing, verdict, call)
        return Authorization(
            sub=grant.sub,
            scope=scope,
            grant=grant,
            person=standing.person,
            changes=changes,
            refresh_token=token,
            id_token="openid" in scope,
            audience=audience_of(request.resource, still_known(grant.resource, call.tenant)),
            expires_at=row_end(grant, deadline),
            binding={**grant.binding, **call.binding},
            must_prove=grant.binding,
            authorization_details=_details(request, grant, call),
        )

    async def lost(
        self, change: Change, request: RefreshTokenRequest, call: Call, message: Message
    ) -> Authorization:
        """A concurrent request rotated first: judge again by what it left."""
        return await self.authorize(request, call, message)

    async def _standing(self, content: RefreshContent, call: Call) -> Standing:
        found = await self.storage.standing(call.tenant.tenant_id, content.grant_id)
        standing = require_standing(found, content.issued_at, now=call.now)
        grant = standing.grant
        if content.issued_at < call.client.not_before or content.issued_at < call.tenant.not_before:
            raise InvalidGrant(_INVALID, detail="the client's or tenant's tokens were ended")
        if grant.session_id and standing.session is None and "offline_access" not in grant.scope:
            raise InvalidGrant(_INVALID, detail="the session has ended")
        idle = call.policy.refresh_token_idle_lifetime
        if is_idle(grant, issued_at=content.issued_at, now=call.now, limit=idle):
            raise InvalidGrant(_INVALID, detail="unused for too long")
        return standing

    def _successor(
        self, presented: str, standing: Standing, verdict: Verdict, call: Call
    ) -> tuple[str, int, tuple[Change, ...]]:
        """Return the refresh token to answer with, when it dies, and what its use commits."""
        grant = standing.grant
        if verdict is Verdict.GRACE:
            again = self.refresh_tokens.write(
                grant,
                generation=grant.generation,
                issued_at=grant.rotated_at,
                expires_at=grant.refresh_expires_at,
            )
            alive = Live(tenant_id=grant.tenant_id, grant_id=grant.grant_id)
            return again, grant.refresh_expires_at, (alive,)
        if not call.policy.refresh_token_rotation:
            return presented, grant.refresh_expires_at, _used(grant, call)
        session_ends = standing.session.expires_at if standing.session else 0
        deadline = refresh_deadline(call, grant, session_ends=session_ends, first=False)
        rotate = Rotate(
            tenant_id=grant.tenant_id,
            grant_id=grant.grant_id,
            generation=grant.generation,
            now=call.now,
            refresh_expires_at=deadline,
        )
        token = self.refresh_tokens.write(
            grant, generation=grant.generation + 1, issued_at=call.now, expires_at=deadline
        )
        return token, deadline, (rotate,)

    async def _end_family(self, grant: Grant, call: Call) -> None:
        """RFC 9700 §4.14.2: nobody can tell the thief from the client, so both lose."""
        revoke = Revoke(
            tenant_id=grant.tenant_id, now=call.now, reason="refresh token reused", grant_id=grant.grant_id
        )
        await self.storage.commit(revoke)
        raise InvalidGrant(_INVALID, detail="reused: the family was revoked")


def _used(grant: Grant, call: Call) -> tuple[Change, ...]:
    """Return what the use of a token that stays valid commits."""
    alive = Live(tenant_id=grant.tenant_id, grant_id=grant.grant_id)
    if not notes_use(grant, now=call.now, limit=call.policy.refresh_token_idle_lifetime):
        return (alive,)
    return alive, Put(structs.replace(grant, rotated_at=call.now))


def _details(request: RefreshTokenRequest, grant: Grant, call: Call) -> tuple[Mapping[str, Any], ...]:
    """Return the details for the new token: all of the grant's, or the part asked for (RFC 9396 §6.1)."""
    asked = details.parse(request.authorization_details, call.tenant, call.client)
    return details.narrow(asked, details.still_allowed(grant.authorization_details, call.tenant, call.client))
