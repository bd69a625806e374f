"""Build the answer of an authorization request (RFC 6749 §4.1.2, OIDC Core §3.3.2.5, RFC 9207, JARM)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from msgspec import structs

from limen.binding.base import BrowserBinding, Fixed
from limen.endpoints.spending import MARK, over, spend
from limen.endpoints.taking import Taken
from limen.endpoints.validated import Validated
from limen.errors import ErrorToClient, InvalidRequestUri, ServerError
from limen.model.artifacts import Interaction
from limen.model.client import Client
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import Change, Mark, Present, Put, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Answer, Cookie, Target
from limen.protocol.claims import ClaimsParameter, of_scope
from limen.protocol.resource import scope_at
from limen.protocol.response_mode import is_jwt
from limen.protocol.session_state import session_state
from limen.tokens.authorization import Authorization, Call
from limen.tokens.code import CodeContent, Codes
from limen.tokens.issuer import Issuer, token_type

_JARM_LIFETIME = 600


class Given(NamedTuple):
    """The parameters of a response that is recorded, and the cookies that go with it."""

    params: Mapping[str, str]
    cookies: tuple[Cookie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responder:
    """Makes the grant and what the response type asks for, in one commit with the end of the journey."""

    storage: Storage
    codes: Codes
    issuer: Issuer
    bindings: Mapping[str, BrowserBinding]
    clock: Clock
    entropy: Entropy

    async def give(
        self,
        validated: Validated,
        session: Session,
        person: Person,
        *,
        scope: Scope,
        interaction: Interaction | None,
        taken: Taken | None = None,
    ) -> Given | None:
        """Return what a successful response says, once it is recorded with the step that led to it.

        None: the journey has gone on elsewhere or the session has ended, and nothing is recorded.
        """
        kind, fixed = self._fixed(validated, session)
        grant = self._grant(validated, session, scope, {kind: fixed.reference} if fixed.reference else {})
        params, changes = await self._artifacts(validated, grant, person)
        if "openid" in scope:
            salt = self.entropy.handle()[:16]
            params["session_state"] = session_state(
                validated.client.client_id, validated.target.redirect_uri, session.browser_state, salt
            )
        sent = (*(taken.stepped.cookies if taken else ()), *fixed.cookies)
        ending = self._ending(validated, interaction, taken)
        # Of a session that has ended meanwhile nothing more is born; what the step made is in this commit.
        present = Present(tenant_id=session.tenant_id, session_id=session.session_id)
        still = () if taken is not None and taken.moved else (present,)
        return Given(params, sent) if await self._commit(*still, *ending, Put(grant), *changes) else None

    async def refuse(self, tenant: Tenant, client: Client, refused: ErrorToClient) -> Answer:
        """Return the error response (RFC 6749 §4.1.2.1)."""
        target, error = refused.target, refused.error
        if not isinstance(target, Target):
            raise ServerError("a refusal has no target")
        params = {"error": error.error, "error_description": error.description}
        return await self.respond(tenant, client, target, params, refused.cookies)

    async def respond(
        self,
        tenant: Tenant,
        client: Client,
        target: Target,
        params: Mapping[str, str],
        cookies: tuple[Cookie, ...],
    ) -> Answer:
        """Add state and iss, and wrap everything in a JWT where the mode says so."""
        sent = dict(params)
        if target.state is not None:
            sent["state"] = target.state
        sent["iss"] = target.issuer  # RFC 9207 §2
        if is_jwt(target.response_mode):
            sent = {"response": await self._jarm(tenant, client, sent)}
        return Answer(target=target, params=sent, cookies=cookies)

    async def _jarm(self, tenant: Tenant, client: Client, params: Mapping[str, str]) -> str:
        claims = {**params, "aud": client.client_id, "exp": self.clock.now() + _JARM_LIFETIME}
        id_tokens = self.issuer.id_tokens
        signed = id_tokens.sign(tenant, client, client.authorization_signed_response_alg, "JWT", claims)
        alg = client.authorization_encrypted_response_alg
        if alg is None:
            return signed
        enc = client.authorization_encrypted_response_enc
        return await id_tokens.encrypt(client, signed, alg=alg, enc=enc, cty="JWT")

    def _fixed(self, validated: Validated, session: Session) -> tuple[str, Fixed]:
        """Return what the policy binds the grant to while the browser is here, if anything."""
        kind = validated.policy.token_binding_type
        binding = self.bindings.get(kind)
        return kind, binding.fix(session, validated.cookies) if binding is not None else Fixed("")

    def _grant(
        self, validated: Validated, session: Session, scope: Scope, binding: Mapping[str, str]
    ) -> Grant:
        now, request, policy = self.clock.now(), validated.request, validated.policy
        return Grant(
            tenant_id=validated.tenant.tenant_id,
            grant_id=self.entropy.identifier(),
            client_id=validated.client.client_id,
            sub=session.sub,
            scope=scope,
            session_id=session.session_id,
            auth_time=session.auth_time,
            amr=session.amr,
            acr=session.acr,
            nonce=request.nonce,
            claims=self._claims(validated, scope).as_document(),
            resource=request.resource,
            authorization_details=validated.details,
            binding=binding,
            created_at=now,
            expires_at=now + max(policy.authorization_code_lifetime, policy.access_token_lifetime),
        )

    def _claims(self, validated: Validated, granted: Scope) -> ClaimsParameter:
        """Leave out what the person kept back with its scope: asking for it by name as well is no way."""
        if not validated.claims:
            return validated.claims
        tenant = validated.tenant
        declined = frozenset(of_scope(tenant, Scope(validated.accepted.scope - granted)))
        return validated.claims.without(declined.difference(of_scope(tenant, granted)))

    async def _artifacts(
        self, validated: Validated, grant: Grant, person: Person
    ) -> tuple[dict[str, str], tuple[Change, ...]]:
        kind = validated.accepted.response_type
        params = {"code": self._code(validated, grant)} if kind.code else {}
        changes: tuple[Change, ...] = ()
        if not kind.token and not kind.id_token:
            return params, changes
        call = Call(
            tenant=validated.tenant, client=validated.client, policy=validated.policy, now=self.clock.now()
        )
        authorization = structs.replace(_authorization(validated, grant, person), code=params.get("code"))
        if kind.token:
            token, expires_in, changes = self.issuer.access_token(authorization, call)
            params |= {
                "access_token": token,
                "token_type": token_type(grant.binding),
                "expires_in": str(expires_in),
                "scope": str(authorization.scope),
            }
        if kind.id_token:
            params["id_token"] = await self.issuer.id_tokens.write(
                authorization,
                call,
                access_token=params.get("access_token"),
                alone=not (kind.code or kind.token),
            )
        return params, changes

    def _code(self, validated: Validated, grant: Grant) -> str:
        request = validated.request
        content = CodeContent(
            grant_id=grant.grant_id,
            client_id=grant.client_id,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            code_challenge_method=validated.accepted.code_challenge_method,
            expires_at=self.clock.now() + validated.policy.authorization_code_lifetime,
            dpop_jkt=request.dpop_jkt,
        )
        return self.codes.write(grant.tenant_id, content)

    def _ending(
        self, validated: Validated, interaction: Interaction | None, taken: Taken | None
    ) -> tuple[Change, ...]:
        """The journey and the pushed request it came from end with the answer."""
        now, client = self.clock.now(), validated.client
        spent: tuple[Change, ...] = ()
        if validated.pushed is not None:
            spent = spend(client.tenant_id, validated.pushed, client.client_id, now)
        if interaction is None:
            return spent
        # A form sent twice, or the Back button, finds a request that starts again instead of a dead end.
        again = structs.replace(interaction, fresh_until=now, carried=False)
        ended = over(interaction) if spent else again
        return *(taken.changes(ended) if taken else (Put(ended),)), *spent

    async def _commit(self, *changes: Change) -> bool:
        """Answer once: of two tabs that finish one journey, or one pushed request, the second is told no."""
        lost = await self.storage.commit(*changes)
        if isinstance(lost, Mark) and lost.purpose == MARK:
            raise InvalidRequestUri("request_uri was used already")
        return lost is None


def _authorization(validated: Validated, grant: Grant, person: Person) -> Authorization:
    return Authorization(
        sub=grant.sub,
        scope=scope_at(grant.scope, grant.resource, validated.tenant),
        grant=grant,
        person=person,
        nonce=grant.nonce,
        audience=grant.resource,
        state=validated.request.state if validated.accepted.response_type.id_token else None,
        binding=grant.binding,
        authorization_details=grant.authorization_details,
    )
