"""What a person decides elsewhere while an app waits: poll for it, redeem it once (RFC 8628 §3.5, CIBA)."""

from dataclasses import dataclass

from limen.errors import InvalidGrant
from limen.ports.storage import Live, Put, Remove, Storage, Swap
from limen.protocol.polling import Poll, Waiting, judge, polled, refusal
from limen.tokens.authorization import Authorization, Call
from limen.tokens.gate import require_standing, tenant_or_client_refuses
from limen.tokens.refresh import RefreshTokens

_TRIES = 3


@dataclass(frozen=True, slots=True)
class AwaitedDecisions:
    """A decision pays once: the removal of what asked for it commits with the tokens."""

    storage: Storage
    refresh_tokens: RefreshTokens

    async def poll(self, kind: type[Waiting], found_by: str, call: Call) -> Waiting | None:
        """Return what the person approved; until then remember the poll and refuse.

        None: there is no such thing, or not of this client.
        """
        for _ in range(_TRIES):
            waiting = await self.storage.get(kind, call.tenant.tenant_id, found_by)
            if waiting is None or waiting.client_id != call.client.client_id:
                return None
            verdict = judge(waiting, call.now)
            if verdict is Poll.READY:
                return waiting
            if verdict in {Poll.DENIED, Poll.EXPIRED}:
                raise refusal(verdict)
            after = polled(waiting, verdict, call.now)
            # The person may decide at this very moment: then what was read is old.
            if after == waiting or await self.storage.commit(Swap(waiting, after)) is None:
                raise refusal(verdict)
        raise refusal(Poll.TOO_SOON)

    async def redeem(self, waiting: Waiting, call: Call) -> Authorization:
        """Return what was approved, with the changes that use it up; all it hangs from must be active."""
        if reason := tenant_or_client_refuses(call.tenant, call.client, waiting.created_at):
            raise InvalidGrant("the request is no longer valid", detail=reason)
        standing = require_standing(
            await self.storage.standing(waiting.tenant_id, waiting.grant_id or ""),
            waiting.created_at,
            now=call.now,
        )
        grant, token = self.refresh_tokens.redeemed(standing.grant, call)
        alive = Live(tenant_id=grant.tenant_id, grant_id=grant.grant_id)
        return Authorization(
            sub=grant.sub,
            scope=grant.scope,
            grant=grant,
            person=standing.person,
            changes=(Remove(waiting), alive, Put(grant)),
            refresh_token=token,
            id_token="openid" in grant.scope,
            audience=grant.resource,
            binding=grant.binding,
            must_prove=standing.grant.binding,
            authorization_details=grant.authorization_details,
        )
