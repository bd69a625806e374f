"""Record what a person decided about a device or a backchannel request (RFC 8628 §3.3, CIBA Core §8)."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import structs

from limen.audit import Audit
from limen.endpoints.spending import over
from limen.endpoints.taking import Taken
from limen.errors import InvalidRequest
from limen.model.artifacts import BackchannelRequest, DeviceCode
from limen.model.client import Client
from limen.model.grant import Grant
from limen.model.scope import Scope
from limen.model.session import Session
from limen.ports.storage import Change, Present, Put, Storage, Swap
from limen.ports.world import Clock, Entropy
from limen.protocol.message import Message
from limen.protocol.policy import Policies
from limen.protocol.polling import Waiting

_TRIES = 20  # more polls than one second of a client that does not wait can write
_EVENTS: Mapping[type, str] = {DeviceCode: "device", BackchannelRequest: "backchannel"}


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A person's word, which the last step took; `session` is how the person proved who they are."""

    message: Message
    client: Client
    taken: Taken
    session: Session | None  # None: denied before anybody signed in

    @property
    def allowed(self) -> bool:
        """Tell whether anything was allowed."""
        decided = self.taken.stepped.interaction
        said_yes = not decided.denied and decided.consented is not None
        return said_yes and self.session is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """One commit: the last step, the journey's end, the new state of what waits, the grant, the event."""

    storage: Storage
    policies: Policies
    clock: Clock
    entropy: Entropy

    async def record(self, waiting: Waiting, decision: Decision) -> Waiting:
        """Return it as the person left it. The client polls meanwhile, which changes it: then try again."""
        current: Waiting | None = waiting
        for _ in range(_TRIES):
            if current is None or current.status != "pending":
                break
            decided, changes = self._changes(current, decision)
            lost = await self.storage.commit(*changes)
            if lost is None:
                return decided
            if not isinstance(lost, Swap) or lost.old != current:
                break  # another tab was faster, or the session has ended
            current = await self.storage.get(type(waiting), waiting.tenant_id, waiting.digest)
        raise InvalidRequest("it was answered, or the sign-in has ended", page_code="interaction_expired")

    def _changes(self, waiting: Waiting, decision: Decision) -> tuple[Waiting, tuple[Change, ...]]:
        taken = decision.taken
        ending: tuple[Change, ...] = taken.changes(over(taken.stepped.interaction))
        event = self._told(waiting, decision)
        if not decision.allowed or decision.session is None:
            denied = structs.replace(waiting, status="denied")
            return denied, (*ending, Swap(waiting, denied), event)
        grant = self._grant(waiting, decision, decision.session)
        approved = structs.replace(waiting, status="approved", grant_id=grant.grant_id)
        present = Present(tenant_id=waiting.tenant_id, session_id=decision.session.session_id)
        return approved, (present, *ending, Swap(waiting, approved), Put(grant), event)

    def _grant(self, waiting: DeviceCode | BackchannelRequest, decision: Decision, session: Session) -> Grant:
        """Signing out of this browser ends nothing elsewhere: the grant knows no session."""
        policy = self.policies.of(decision.message.tenant, decision.client)
        return Grant(
            tenant_id=waiting.tenant_id,
            grant_id=self.entropy.identifier(),
            client_id=waiting.client_id,
            sub=session.sub,
            scope=decision.taken.stepped.interaction.consented or Scope(),
            auth_time=session.auth_time,
            amr=session.amr,
            acr=session.acr,
            resource=waiting.resource,
            authorization_details=waiting.authorization_details,
            binding=waiting.binding if isinstance(waiting, DeviceCode) else {},
            created_at=self.clock.now(),
            expires_at=waiting.expires_at + policy.access_token_lifetime,
        )

    def _told(self, waiting: DeviceCode | BackchannelRequest, decision: Decision) -> Put:
        name = f"{_EVENTS[type(waiting)]}.{'approved' if decision.allowed else 'denied'}"
        sub = decision.session.sub if decision.session else ""
        audit = Audit(self.clock, self.entropy)
        return audit.of_person(name, decision.message, sub, client_id=waiting.client_id)
