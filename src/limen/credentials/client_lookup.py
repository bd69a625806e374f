"""Find a client by its identifier, also one that is known by its address alone (Client ID Metadata Document).

A document becomes a row like any other client, so that nothing else need know where it came from.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from msgspec import structs

from limen.credentials.client_keys import check_client_keys
from limen.credentials.rationing import Ration, count
from limen.credentials.sector import check_sector
from limen.errors import OAuthError, TemporarilyUnavailable
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.ports.events import Events
from limen.ports.keys import Jose, Keys
from limen.ports.outbound import Fetcher, FetchError
from limen.ports.storage import Add, Replace, Storage
from limen.ports.world import Clock
from limen.protocol.client_document import LIMIT, check_address, is_address, read_client
from limen.protocol.throttling import neighbourhood

_FRESH = 3_600  # seconds a document is believed without asking again
_STALE = 86_400  # and for so long when its server does not answer
_HOUR = 3_600
_REFUSAL = "too many new clients of one host, or from one place"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLookup:
    """Used where a request names its client; whoever comes later finds the row."""

    storage: Storage
    fetcher: Fetcher
    jose: Jose
    keys: Keys
    events: Events
    clock: Clock

    async def __call__(self, tenant: Tenant, client_id: str, source: str) -> Client | None:
        """Return the client, or None for one nobody knows; `source` is the address of who names it."""
        client = await self.storage.client(tenant.tenant_id, client_id)
        if (client is not None and client.owner != "document") or not is_address(client_id):
            return client
        if not tenant.registration.client_id_documents:
            return None
        age = self.clock.now() - client.updated_at if client is not None else _STALE
        if client is not None and (age < _FRESH or not client.enabled):
            return client
        try:
            return await self._documented(tenant, client_id, client, source)
        except (OAuthError, FetchError) as refused:
            self.events.emit(
                "client_document.refused", tenant=tenant.name, client_id=client_id, reason=str(refused)
            )
            if isinstance(refused, TemporarilyUnavailable):  # the store or a ration, not the document
                raise
            return client if isinstance(refused, FetchError) and age < _STALE else None

    async def _documented(
        self, tenant: Tenant, client_id: str, known: Client | None, source: str
    ) -> Client | None:
        check_address(client_id, tenant)
        if known is None:
            # By source first: who names too many of them shall not use up the share of the host they name.
            await self._count(tenant, "client-document-from", neighbourhood(source))
            await self._count(tenant, "client-document", str(urlsplit(client_id).hostname))
        document = await self.fetcher.json(client_id, limit=LIMIT)
        client = read_client(document, client_id, tenant=tenant, base=known)
        check_client_keys(client, jose=self.jose, keys=self.keys)
        await check_sector(client, self.fetcher)
        return await self._kept(client, known)

    async def _count(self, tenant: Tenant, what: str, whose: str) -> None:
        """Whoever names strangers must not make us call and keep them at will; names cost nothing."""
        ration = Ration(what, tenant.registration.hourly_limit, _HOUR, _REFUSAL)
        await count(self.storage, ration, tenant.tenant_id, whose, self.clock.now())

    async def _kept(self, client: Client, known: Client | None) -> Client | None:
        """Store what was read; another worker may have been faster with the same."""
        now = self.clock.now()
        if known is None:
            kept = structs.replace(client, client_id_issued_at=now, created_at=now, updated_at=now)
            lost = await self.storage.commit(Add(kept))
        else:
            kept = structs.replace(client, updated_at=now, revision=known.revision + 1)
            lost = await self.storage.commit(Replace(kept))
        return kept if lost is None else await self.storage.client(client.tenant_id, client.client_id)
