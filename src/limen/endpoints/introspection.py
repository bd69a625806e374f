"""The introspection endpoint (RFC 7662, RFC 9701)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from limen.endpoints.asker import SCOPE, Asker, Askers
from limen.endpoints.bound import Bound
from limen.endpoints.forwarded import Forwarded, told
from limen.endpoints.introspection_jwt import IntrospectionJwt
from limen.errors import InvalidToken, OAuthError
from limen.model.tenant import Tenant
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.answer import Body
from limen.protocol.message import Message
from limen.protocol.params import read
from limen.protocol.policy import Policies
from limen.protocol.rotation import is_idle
from limen.tokens.content import cnf, named
from limen.tokens.gate import standing_refuses, tenant_or_client_refuses
from limen.tokens.id_token import IdTokens
from limen.tokens.issuer import token_type
from limen.tokens.presented import AccessTokens, Presented
from limen.tokens.refresh import RefreshContent, RefreshTokens


class IntrospectionRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 7662 §2.1."""

    token: str
    token_type_hint: str | None = None


class IntrospectionResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """RFC 7662 §2.2. An inactive token says nothing else."""

    active: bool
    scope: str | None = None
    client_id: str | None = None
    username: str | None = None
    token_type: str | None = None
    exp: int | None = None
    iat: int | None = None
    nbf: int | None = None
    sub: str | None = None
    aud: str | list[str] | None = None
    iss: str | None = None
    jti: str | None = None
    aut: str | None = None
    act: Mapping[str, Any] | None = None
    cnf: Mapping[str, str] | None = None
    binding_type: str | None = None
    binding_ref: str | None = None
    sid: str | None = None
    auth_time: int | None = None
    acr: str | None = None
    authorization_details: list[Mapping[str, Any]] | None = None


_ITSELF_ALONE = (
    f"the access token may ask about itself alone: its application may not introspect, or it lacks {SCOPE}"
)
INACTIVE = IntrospectionResponse(active=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntrospectionEndpoint:
    """Tells who may know whether a token of this tenant is alive, and what it is for."""

    storage: Storage
    askers: Askers
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    bound: Bound
    policies: Policies
    id_tokens: IdTokens
    as_jwt: IntrospectionJwt
    clock: Clock

    async def __call__(self, message: Message) -> IntrospectionResponse | Body:
        """Answer; whatever is not alive is {"active": false}."""
        asker = await self.askers(message)
        answer = await self._answer(message, asker)
        if not self.as_jwt.is_wanted(message, asker.client):
            return answer
        return await self.as_jwt.write(message, asker.client, msgspec.to_builtins(answer), self.clock.now())

    async def _answer(self, message: Message, asker: Asker) -> IntrospectionResponse:
        request = read(IntrospectionRequest, message.params)
        if not asker.may_ask_about(request.token):
            raise InvalidToken(_ITSELF_ALONE)
        presented = await self.access_tokens.find(message.tenant, request.token)
        if presented is not None:
            if presented.reason or not await self._is_proven(message, request.token, presented):
                return INACTIVE
            told = describe(message.tenant, presented)
            return told if asker.holds is None else _of_nobody(told)
        content = self.refresh_tokens.read(message.tenant.tenant_id, request.token)
        return await self._refresh_token(message.tenant, content) if content is not None else INACTIVE

    async def _is_proven(self, message: Message, token: str, presented: Presented) -> bool:
        """Check the proof that came with the token, where the caller tells of it."""
        request, kinds = told(message, read(Forwarded, message.params))
        if kinds.isdisjoint(presented.content.binding):
            return True
        try:
            uses = await self.bound.as_told(request, token, presented, kinds)
        except OAuthError:
            return False
        return not uses or await self.storage.commit(*uses) is None

    async def _refresh_token(self, tenant: Tenant, content: RefreshContent) -> IntrospectionResponse:
        now = self.clock.now()
        client = await self.storage.client(tenant.tenant_id, content.client_id)
        standing = await self.storage.standing(tenant.tenant_id, content.grant_id)
        dead = tenant_or_client_refuses(tenant, client, content.issued_at) or standing_refuses(
            standing, content.issued_at, now=now
        )
        if dead or client is None or standing is None or content.expires_at <= now:
            return INACTIVE
        grant = standing.grant
        limit = self.policies.of(tenant, client).refresh_token_idle_lifetime
        if is_idle(grant, issued_at=content.issued_at, now=now, limit=limit):
            return INACTIVE
        if content.generation != grant.generation:
            return INACTIVE
        if grant.session_id and standing.session is None and "offline_access" not in grant.scope:
            return INACTIVE
        return IntrospectionResponse(
            active=True,
            scope=str(grant.scope),
            client_id=content.client_id,
            username=standing.person.username if standing.person else None,
            token_type="Refresh",
            exp=content.expires_at,
            iat=content.issued_at,
            sub=self.id_tokens.subject(tenant, client, grant.sub),
            iss=tenant.issuer,
            sid=grant.session_id,
        )


def _of_nobody(told: IntrospectionResponse) -> IntrospectionResponse:
    """Return what the holder of a token knows of it without asking, and nothing of the person behind it."""
    if told.aut == "APPLICATION":
        return told
    return msgspec.structs.replace(
        told,
        username=None,
        sub=None,
        sid=None,
        auth_time=None,
        acr=None,
        act=None,
        authorization_details=None,
    )


def describe(tenant: Tenant, presented: Presented) -> IntrospectionResponse:
    """Return what a live access token says."""
    content, standing = presented.content, presented.standing
    grant = standing.grant if standing else None
    kind, reference = named(content.binding)
    return IntrospectionResponse(
        active=True,
        scope=content.scope or None,
        client_id=content.client_id,
        username=standing.person.username if standing and standing.person else None,
        token_type=token_type(content.binding),
        exp=content.exp,
        iat=content.iat,
        nbf=content.iat,
        sub=content.sub,
        aud=content.aud[0] if len(content.aud) == 1 else list(content.aud),
        iss=tenant.issuer,
        jti=content.jti,
        aut="APPLICATION_USER" if grant else "APPLICATION",
        act=content.act,
        cnf=cnf(content.binding),
        binding_type=kind,
        binding_ref=reference,
        sid=grant.session_id if grant else None,
        auth_time=(grant.auth_time or None) if grant else None,
        acr=grant.acr if grant else None,
        authorization_details=list(content.details) or None,
    )
