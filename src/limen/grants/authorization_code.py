"""authorization_code (RFC 6749 §4.1.3, RFC 7636 §4.5, OIDC Core §3.1.3)."""

from dataclasses import dataclass
from typing import ClassVar, Never

import msgspec

from limen.errors import InvalidGrant
from limen.ports.storage import Change, Live, Mark, Put, Revoke, Storage
from limen.protocol.authorization_details import narrow, parse
from limen.protocol.message import Message
from limen.protocol.pkce import check_verifier
from limen.protocol.resource import audience_of
from limen.tokens.authorization import Authorization, Call
from limen.tokens.code import MARK, CodeContent, Codes, use_of
from limen.tokens.gate import require_standing, tenant_or_client_refuses
from limen.tokens.refresh import RefreshTokens

_UNKNOWN = "the code is unknown, expired or already used"


class AuthorizationCodeRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 8707 §2.2, RFC 9396 §6."""

    code: str
    redirect_uri: str | None = None
    code_verifier: str | None = None
    resource: tuple[str, ...] = ()
    authorization_details: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationCodeGrant:
    """A code pays once: the mark commits with the tokens, and a second one ends the grant."""

    storage: Storage
    codes: Codes
    refresh_tokens: RefreshTokens
    grant_type: ClassVar[str] = "authorization_code"
    request: ClassVar[type] = AuthorizationCodeRequest

    async def authorize(
        self, request: AuthorizationCodeRequest, call: Call, message: Message
    ) -> Authorization:
        """Check the code against its request; a failed check does not spend it."""
        content = self._checked(request, call)
        use = use_of(call.tenant.tenant_id, request.code, content)
        if content.expires_at <= call.now:
            await self._too_late(use, content, call)
        found = await self.storage.standing(call.tenant.tenant_id, content.grant_id)
        # The lifetime that counts may have been set anew since: only the grant knows when it began.
        issued_at = found.grant.created_at if found is not None else 0
        if reason := tenant_or_client_refuses(call.tenant, call.client, issued_at):
            raise InvalidGrant(_UNKNOWN, detail=reason)
        standing = require_standing(found, issued_at, now=call.now)
        ends = standing.session.expires_at if standing.session else 0
        grant, token = self.refresh_tokens.redeemed(standing.grant, call, session_ends=ends)
        return Authorization(
            sub=grant.sub,
            scope=grant.scope,
            grant=grant,
            person=standing.person,
            changes=(use, Live(tenant_id=grant.tenant_id, grant_id=grant.grant_id), Put(grant)),
            refresh_token=token,
            id_token="openid" in grant.scope,
            nonce=grant.nonce,
            audience=audience_of(request.resource, grant.resource),
            binding=grant.binding,
            authorization_details=narrow(
                parse(request.authorization_details, call.tenant, call.client), grant.authorization_details
            ),
        )

    def _checked(self, request: AuthorizationCodeRequest, call: Call) -> CodeContent:
        content = self.codes.read(call.tenant.tenant_id, request.code)
        if content is None or content.client_id != call.client.client_id:
            raise InvalidGrant(_UNKNOWN, detail="not ours, or of another client")
        if content.redirect_uri != request.redirect_uri:
            raise InvalidGrant("redirect_uri differs from the authorization request")
        check_verifier(
            request.code_verifier, challenge=content.code_challenge, method=content.code_challenge_method
        )
        if content.dpop_jkt is not None and call.binding.get("dpop") != content.dpop_jkt:
            raise InvalidGrant("the DPoP proof is not of the key the authorization request named")
        return content

    async def lost(
        self, change: Change, request: AuthorizationCodeRequest, call: Call, message: Message
    ) -> Never:
        """RFC 6749 §4.1.2: a code used twice takes with it what came of it."""
        content = self.codes.read(call.tenant.tenant_id, request.code)
        if content is not None and isinstance(change, Mark) and change.purpose == MARK:
            await self._end(content, call)
        raise InvalidGrant(_UNKNOWN, detail="replayed: the grant was revoked")

    async def _too_late(self, use: Mark, content: CodeContent, call: Call) -> Never:
        """What was redeemed in time is as stolen when it comes again an hour later."""
        if await self.storage.commit(use) is not None:
            await self._end(content, call)
        raise InvalidGrant(_UNKNOWN, detail="expired")

    async def _end(self, content: CodeContent, call: Call) -> None:
        tenant_id = call.tenant.tenant_id
        await self.storage.commit(
            Revoke(tenant_id=tenant_id, now=call.now, reason="code replayed", grant_id=content.grant_id)
        )
