"""Clients that register and manage themselves (RFC 7591 §3, RFC 7592 §2, OIDC Registration §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import structs

from limen.admin.clients import check_keys, make_client_id, with_secret
from limen.admin.operation import Actor, audit
from limen.credentials.sector import check_sector
from limen.errors import InvalidToken, TemporarilyUnavailable
from limen.model.client import Client
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.registrar import Applicant, Registered
from limen.ports.storage import Add, Change, Remove, Replace, Revoke
from limen.protocol.client_metadata import read_metadata
from limen.protocol.initial_access import check_grants, spend
from limen.tokens.digest import digest

_PREFIX = "lm_rat_"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class ClientRegistrar:
    """ports.registrar.Registrar; the rules are those of `admin.clients`."""

    ports: Ports

    async def register(self, tenant: Tenant, document: Mapping[str, Any], by: Applicant) -> Registered:
        """Make a client with a random identifier; its secret and its token are told once."""
        now, token = self.ports.clock.now(), _PREFIX + self.ports.entropy.handle()
        client = structs.replace(
            read_metadata(document, tenant=tenant),
            client_id=make_client_id(self.ports.entropy),
            client_id_issued_at=now,
            created_at=now,
            updated_at=now,
            owner="registration",
            registration_access_token_digest=digest(token),
        )
        check_grants(tenant.registration, client.grant_types, frozenset())
        client = await self._judged(client)
        issued = with_secret(client, self.ports)
        name = f"initial-access:{by.token_id}" if by.token_id else "registration"
        actor = Actor(name=name, request_id=by.request_id)
        told = audit("client.registered", actor, self.ports, tenant.tenant_id, client_id=client.client_id)
        await self._store(tenant, by.token_id, Add(issued.client), told)
        return Registered(
            client=issued.client, client_secret=issued.client_secret, registration_access_token=Secret(token)
        )

    async def replace(
        self, tenant: Tenant, client: Client, document: Mapping[str, Any], *, request_id: str
    ) -> Registered:
        """Read the whole document anew; what a client may not say of itself it keeps."""
        changed = structs.replace(
            read_metadata(document, tenant=tenant, base=client),
            updated_at=self.ports.clock.now(),
            revision=client.revision + 1,
        )
        check_grants(tenant.registration, changed.grant_types, client.grant_types)
        issued = with_secret(await self._judged(changed), self.ports)
        actor = Actor(name=client.client_id, request_id=request_id)
        told = audit("client.updated", actor, self.ports, tenant.tenant_id, client_id=client.client_id)
        if await self.ports.storage.commit(Replace(issued.client), told) is not None:
            raise TemporarilyUnavailable("the client was changed just now; read it again and repeat")
        return Registered(client=issued.client, client_secret=issued.client_secret)

    async def withdraw(self, tenant: Tenant, client: Client, *, request_id: str) -> None:
        """End everything issued to the client, and forget it; its identifier is never given again."""
        actor = Actor(name=client.client_id, request_id=request_id)
        await self.ports.storage.commit(
            Revoke(
                tenant_id=tenant.tenant_id,
                now=self.ports.clock.now(),
                reason="client deleted itself",
                client_id=client.client_id,
            ),
            Remove(client),
            audit("client.deleted", actor, self.ports, tenant.tenant_id, client_id=client.client_id),
        )

    async def _judged(self, client: Client) -> Client:
        """Check what needs the outside world. Whoever registers alone is never trusted by default."""
        await self.ports.keys.load(client.tenant_id)
        check_keys(client, self.ports)
        await check_sector(client, self.ports.fetcher)
        return structs.replace(client, settings=structs.replace(client.settings, consent="ask"))

    async def _store(self, tenant: Tenant, token_id: str | None, *changes: Change) -> None:
        """Commit the client together with the use of the initial access token, while it has uses left."""
        for _ in range(_TRIES):
            if await self.ports.storage.commit(*changes, *await self._use(tenant, token_id)) is None:
                return
        raise TemporarilyUnavailable("too many clients register at the same time")

    async def _use(self, tenant: Tenant, token_id: str | None) -> tuple[Change, ...]:
        if token_id is None:
            return ()
        now = self.ports.clock.now()
        current = await self.ports.storage.tenant(tenant.name)
        left = spend(current.registration, token_id, now) if current is not None else None
        if current is None or left is None:
            raise InvalidToken("the initial access token has expired or is used up")
        if left is current.registration:
            return ()
        return (
            Replace(
                structs.replace(current, registration=left, updated_at=now, revision=current.revision + 1)
            ),
        )
