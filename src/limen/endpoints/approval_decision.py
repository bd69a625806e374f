"""Record what a person decided about a backchannel request, and let its client know (CIBA Core §8)."""

import dataclasses
from dataclasses import dataclass

from limen.endpoints.backchannel_delivery import BackchannelDelivery
from limen.errors import InvalidRequest
from limen.model.artifacts import BackchannelRequest, Interaction
from limen.model.client import Client
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.scope import Scope
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import Change, Put, Remove, Storage, Swap
from limen.ports.world import Clock, Entropy
from limen.protocol.policy import Policies

_TRIES = 20  # more polls than one second of a client that does not wait can write


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's word: `interaction` has it, `session` is how the person proved who they are."""

    tenant: Tenant
    client: Client
    interaction: Interaction
    session: Session
    request_id: str

    @property
    def allowed(self) -> bool:
        """Tell whether anything was allowed."""
        return not self.interaction.denied and self.interaction.consented is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """One commit: the journey's end, the request's new state, the grant, the event."""

    storage: Storage
    delivery: BackchannelDelivery
    policies: Policies
    clock: Clock
    entropy: Entropy

    async def record(self, waiting: BackchannelRequest, decision: Decision) -> None:
        """The client polls meanwhile, which changes the request: then try again."""
        current: BackchannelRequest | None = waiting
        for _ in range(_TRIES):
            if current is None or current.status != "pending":
                break
            decided, changes = self._changes(current, decision)
            if await self.storage.commit(*changes) is None:
                self.delivery.start(decided, decision.client, decision.tenant)
                return
            current = await self.storage.get(BackchannelRequest, waiting.tenant_id, waiting.digest)
        raise InvalidRequest("the request was answered already", page_code="interaction_expired")

    def _changes(
        self, waiting: BackchannelRequest, decision: Decision
    ) -> tuple[BackchannelRequest, tuple[Change, ...]]:
        ending = Remove(decision.interaction)
        event = self._event(decision)
        if not decision.allowed:
            denied = dataclasses.replace(waiting, status="denied")
            return denied, (ending, Swap(waiting, denied), event)
        grant = self._grant(waiting, decision)
        approved = dataclasses.replace(waiting, status="approved", grant_id=grant.grant_id)
        return approved, (ending, Swap(waiting, approved), Put(grant), event)

    def _grant(self, waiting: BackchannelRequest, decision: Decision) -> Grant:
        """Signing out of this browser ends nothing elsewhere: the grant knows no session."""
        session, policy = decision.session, self.policies.of(decision.tenant, decision.client)
        return Grant(
            tenant_id=waiting.tenant_id,
            grant_id=self.entropy.identifier(),
            client_id=waiting.client_id,
            sub=waiting.sub,
            scope=decision.interaction.consented or Scope(),
            auth_time=session.auth_time,
            amr=session.amr,
            acr=session.acr,
            resource=waiting.resource,
            authorization_details=waiting.authorization_details,
            created_at=self.clock.now(),
            expires_at=waiting.expires_at + policy.access_token_lifetime,
        )

    def _event(self, decision: Decision) -> Put:
        outcome, sub = "approved" if decision.allowed else "denied", decision.session.sub
        return Put(
            Event(
                tenant_id=decision.tenant.tenant_id,
                event_id=self.entropy.identifier(),
                at=self.clock.now(),
                name=f"backchannel.{outcome}",
                actor=sub,
                sub=sub,
                client_id=decision.client.client_id,
                request_id=decision.request_id,
            )
        )
