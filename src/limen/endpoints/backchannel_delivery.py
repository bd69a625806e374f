"""Tell a client that its person has decided: ping it, or push the tokens (CIBA Core §10.2, §10.3, §12)."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import structs

from limen.credentials.awaited_decision import AwaitedDecisions
from limen.errors import OAuthError, TransactionFailed
from limen.model.artifacts import BackchannelRequest
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.ports.events import Events
from limen.ports.keys import Keys
from limen.ports.outbound import Fetcher, FetchError
from limen.ports.storage import Storage
from limen.ports.world import Clock
from limen.protocol.policy import Policies
from limen.tokens.authorization import Call
from limen.tokens.backchannel import open_auth_req_id, open_notification_token
from limen.tokens.issuer import Issuer

_SUCCESS, _FAULT = range(200, 300), 500
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class BackchannelDelivery:
    """Works beside the requests: nobody waits for a client's server, and what it answers changes nothing."""

    storage: Storage
    fetcher: Fetcher
    decisions: AwaitedDecisions
    issuer: Issuer
    policies: Policies
    keys: Keys
    events: Events
    clock: Clock
    pause: float = 2.0  # seconds before the one repetition
    patience: float = 4.0  # seconds for what is under way when the server stops
    most: int = 1_000  # at work at once; a client that is not told can still poll
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self, waiting: BackchannelRequest, client: Client, tenant: Tenant) -> None:
        """Begin to tell, where the client wants to be told; `waiting` is as the person left it."""
        mode = client.backchannel_token_delivery_mode
        if mode == "ping":
            self._run(self._ping(waiting, client), client)
        elif mode == "push":
            self._run(self._push(waiting, client, tenant), client)

    async def finish(self) -> None:
        """Wait for what is under way: the tokens of a push are nowhere else."""
        if self._running:
            await asyncio.wait(self._running, timeout=self.patience)

    def _run(self, work: Coroutine[Any, Any, None], client: Client) -> None:
        if len(self._running) >= self.most:
            work.close()
            self._failed(client, "too many deliveries at once")
            return
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _ping(self, waiting: BackchannelRequest, client: Client) -> None:
        await self._send(waiting, client, {"auth_req_id": self._auth_req_id(waiting)})

    async def _push(self, waiting: BackchannelRequest, client: Client, tenant: Tenant) -> None:
        body = await self._tokens(waiting, client, tenant)
        await self._send(waiting, client, {"auth_req_id": self._auth_req_id(waiting), **body})

    async def _tokens(self, waiting: BackchannelRequest, client: Client, tenant: Tenant) -> dict[str, Any]:
        """Return the token response, or why there is none; nothing in it is bound to any proof."""
        if waiting.status != "approved":
            return {"error": "access_denied", "error_description": "the person denied the request"}
        policy = self.policies.of(tenant, client)
        call = Call(tenant=tenant, client=client, policy=policy, now=self.clock.now())
        try:
            authorization = await self.decisions.redeem(waiting, call)
            authorization = structs.replace(authorization, auth_req_id=self._auth_req_id(waiting))
            response, minted = await self.issuer.issue(authorization, call)
            lost = await self.storage.commit(*authorization.changes, *minted)
        except OAuthError as refused:
            return _failed(refused.description)
        if lost is not None:
            return _failed("the grant has ended meanwhile")
        return dict(msgspec.to_builtins(response))

    async def _send(self, waiting: BackchannelRequest, client: Client, body: dict[str, Any]) -> None:
        """Post, and once more when the client's server is unwell; a redirect is not followed (§10.2)."""
        token = open_notification_token(self.keys, waiting.tenant_id, waiting.notification_token)
        status = await self._post(client, token, body)
        if status >= _FAULT:
            await asyncio.sleep(self.pause)
            status = await self._post(client, token, body)
        if status not in _SUCCESS:
            self._failed(client, f"status {status}")

    async def _post(self, client: Client, token: str, body: dict[str, Any]) -> int:
        try:
            return await self.fetcher.post(
                client.backchannel_client_notification_endpoint or "",
                body=_encode(body),
                media_type="application/json",
                headers={"Authorization": f"Bearer {token}"},
            )
        except FetchError:
            return _FAULT

    def _failed(self, client: Client, reason: str) -> None:
        self.events.emit("backchannel.undelivered", client_id=client.client_id, reason=reason)

    def _auth_req_id(self, waiting: BackchannelRequest) -> str:
        return open_auth_req_id(self.keys, waiting.tenant_id, waiting.auth_req_id)


def _failed(reason: str) -> dict[str, Any]:
    return {"error": TransactionFailed.error, "error_description": reason}
