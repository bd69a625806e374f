"""The pushed authorization request endpoint (RFC 9126 §2; RFC 9449 §10.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from limen.binding.base import Binding, Proof
from limen.client_auth.authenticate import Authenticate
from limen.credentials.rationing import Ration, count
from limen.endpoints.committing import refusal_of
from limen.endpoints.request_sources import PUSHED_PREFIX, RequestSources
from limen.endpoints.validated import single, validate
from limen.errors import ErrorToClient, InvalidRequest
from limen.model.artifacts import PushedRequest
from limen.ports.events import Events
from limen.ports.storage import Put, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Body
from limen.protocol.message import Message, Params
from limen.protocol.policy import Policies, Policy
from limen.protocol.throttling import neighbourhood
from limen.tokens.digest import digest

_SENSITIVE = frozenset({"client_secret", "client_assertion"})
_CREATED = 201
_OF_STRANGERS = Ration("push", 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedAuthorizationEndpoint:
    """Judges a request before a browser is involved, and keeps it for one visit."""

    storage: Storage
    authenticate: Authenticate
    sources: RequestSources
    policies: Policies
    bindings: Mapping[str, Binding]
    events: Events
    clock: Clock
    entropy: Entropy

    async def __call__(self, message: Message) -> Body:
        """Answer with the request_uri to visit, or refuse."""
        if not _SENSITIVE.isdisjoint(message.query):
            raise InvalidRequest("credentials must not be sent in the URL")
        by = await self.authenticate(message)
        requested = await self.sources.posted(message.params, message.tenant, by.client)
        proof = await self._proof(message, by.policy)
        params = _bound({**requested.params, "client_id": (by.client.client_id,)}, proof)
        try:
            validate(params, message.tenant, by.client, self.policies, sent=requested.sent)
        except ErrorToClient as refused:
            raise refused.error from refused  # to whoever pushed it; no browser is here
        if by.client.is_public:  # it has proven nothing, and what it pushes is stored
            place = neighbourhood(message.source)
            await count(self.storage, _OF_STRANGERS, by.client.tenant_id, place, self.clock.now())
        handle = self.entropy.handle()
        entry = PushedRequest(
            tenant_id=message.tenant.tenant_id,
            digest=digest(handle),
            expires_at=self.clock.now() + by.policy.par_lifetime,
            client_id=by.client.client_id,
            params=params,
        )
        lost = await self.storage.commit(*by.changes, *(proof.changes if proof else ()), Put(entry))
        if lost is not None:
            raise refusal_of(lost)
        self.events.emit("request.pushed", tenant=message.tenant.name, client_id=by.client.client_id)
        answer = {"request_uri": PUSHED_PREFIX + handle, "expires_in": by.policy.par_lifetime}
        return Body(content=orjson.dumps(answer), status=_CREATED)

    async def _proof(self, message: Message, policy: Policy) -> Proof | None:
        if "dpop" not in message.headers or "dpop" not in self.bindings:
            return None
        return await self.bindings["dpop"].prove(message, access_token=None, policy=policy)


def _bound(params: Params, proof: Proof | None) -> Params:
    """RFC 9449 §10.1: a proof at the push binds the code to its key, as dpop_jkt would."""
    if proof is None:
        return params
    named = single(params, "dpop_jkt")
    if named is not None and named != proof.reference:
        raise InvalidRequest("dpop_jkt is not the key of the DPoP proof")
    return {**params, "dpop_jkt": (proof.reference,)}
