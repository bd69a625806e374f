"""token-exchange: one token for another, never for more (RFC 8693; docs/decisions/0050)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Never

import msgspec

from limen.credentials.subject_token import Party, SubjectTokens
from limen.errors import InvalidRequest, UnauthorizedClient
from limen.model.grant import Grant
from limen.model.scope import Scope
from limen.ports.storage import Change, Live, Put
from limen.ports.world import Entropy
from limen.protocol.message import Message
from limen.protocol.registered_values import TOKEN_EXCHANGE
from limen.protocol.scope import permitted
from limen.protocol.token_exchange import act_of, check_may_act, check_requested_type, narrowed, targets
from limen.tokens.authorization import Authorization, Call


class TokenExchangeRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """RFC 8693 §2.1."""

    subject_token: str
    subject_token_type: str
    actor_token: str | None = None
    actor_token_type: str | None = None
    requested_token_type: str | None = None
    audience: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """What is issued hangs from the grant of the subject token and dies with it."""

    subject_tokens: SubjectTokens
    entropy: Entropy
    grant_type: ClassVar[str] = TOKEN_EXCHANGE
    request: ClassVar[type] = TokenExchangeRequest

    async def authorize(self, request: TokenExchangeRequest, call: Call, message: Message) -> Authorization:
        """Check both tokens and every bound; scope, life and binding only ever narrow."""
        if call.client.is_public:
            raise UnauthorizedClient("a public client may not exchange tokens")
        issued_type = check_requested_type(request.requested_token_type, call.policy.access_token_format)
        subject = await self.subject_tokens.read(request.subject_token, request.subject_token_type, call)
        actor = await self._actor(request, subject, call)
        wanted = targets(request.audience, request.resource, call.tenant, call.policy)
        scope = narrowed(request.scope, subject.scope, permitted(call.tenant, call.client, call.policy))
        grant, changes = self._lineage(subject, scope, call)
        return Authorization(
            sub=_sub(subject),
            scope=scope,
            grant=grant,
            person=subject.person,
            changes=changes,
            audience=wanted or subject.audience,
            act=act_of(actor, subject.act),
            expires_at=subject.expires_at,
            binding=_binding(subject, call),
            must_prove=subject.binding if subject.own else {},
            issued_token_type=issued_type,
            authorization_details=subject.details,
        )

    async def lost(
        self, change: Change, request: TokenExchangeRequest, call: Call, message: Message
    ) -> Never:
        """The grant was revoked at this very moment."""
        raise InvalidRequest("the token is not accepted", detail="its grant was revoked meanwhile")

    async def _actor(
        self, request: TokenExchangeRequest, subject: Party, call: Call
    ) -> Mapping[str, Any] | None:
        """Return who acts for the subject. Nobody: then the client becomes the subject, if it may."""
        if (request.actor_token is None) != (request.actor_token_type is None):
            raise InvalidRequest("actor_token and actor_token_type go together")
        actor = None
        if request.actor_token is not None and request.actor_token_type is not None:
            party = await self.subject_tokens.read(request.actor_token, request.actor_token_type, call)
            actor = party.as_actor
        elif not (subject.own or call.policy.exchange_impersonation):
            raise InvalidRequest("an actor_token is needed: this client may not impersonate")
        check_may_act(
            subject.may_act,
            actor,
            client_id=call.client.client_id,
            issuer=call.tenant.issuer,
            by=subject.iss,
        )
        return actor

    def _lineage(self, subject: Party, scope: Scope, call: Call) -> tuple[Grant | None, tuple[Change, ...]]:
        """Return the grant the new token hangs from, with what must hold or be stored for it."""
        if subject.grant is not None:
            grant = subject.grant
            return grant, (Live(tenant_id=grant.tenant_id, grant_id=grant.grant_id),)
        if subject.iss is None and not subject.own:
            # Nothing would end the new token together with the other client.
            raise InvalidRequest("the token is not accepted", detail="a token another client got for itself")
        if subject.person is None:
            return None, ()
        grant = Grant(
            tenant_id=call.tenant.tenant_id,
            grant_id=self.entropy.identifier(),
            client_id=call.client.client_id,
            sub=subject.person.sub,
            scope=scope,
            created_at=call.now,
            expires_at=subject.expires_at,
        )
        return grant, (Put(grant),)


def _sub(subject: Party) -> str:
    """Return whom the new token speaks of; a stranger is named together with who vouches for them."""
    if subject.person is not None:
        return subject.person.sub
    return f"{subject.iss}#{subject.sub}" if subject.iss else subject.sub


def _binding(subject: Party, call: Call) -> Mapping[str, str]:
    """Keep what the subject token is bound to; only its own client may bind it anew."""
    if subject.own:
        return {**subject.binding, **call.binding}
    if any(call.binding.get(kind, bound) != bound for kind, bound in subject.binding.items()):
        raise InvalidRequest("the subject token is bound to something this request does not prove")
    return {**call.binding, **subject.binding}
