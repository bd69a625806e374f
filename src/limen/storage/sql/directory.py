"""Reading what lasts: tenants, clients and keys (these are cached), people, consents and events."""

from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.key import Key
from limen.model.person import Person
from limen.model.tenant import Tenant
from limen.ports.world import Clock
from limen.protocol.username import username_key
from limen.storage.cache import Cache
from limen.storage.codec import decode, recall
from limen.storage.denylist import Denylist
from limen.storage.news import News
from limen.storage.sql.connection import Database
from limen.storage.sql.statement import Statement

TENANT = Statement("SELECT record FROM tenants WHERE name = :name")
TENANTS = Statement("SELECT record FROM tenants ORDER BY name")
CLIENT = Statement("SELECT record FROM clients WHERE tenant_id = :tenant_id AND client_id = :client_id")
CLIENTS = Statement(
    "SELECT record FROM clients WHERE tenant_id = :tenant_id AND client_id > :after"
    " ORDER BY client_id LIMIT :limit"
)
PERSON = Statement("SELECT record FROM people WHERE tenant_id = :tenant_id AND sub = :sub")
PERSON_NAMED = Statement(
    "SELECT record FROM people WHERE tenant_id = :tenant_id AND username_key = :username_key"
)
PEOPLE = Statement(
    "SELECT record FROM people WHERE tenant_id = :tenant_id AND username_key > :after"
    " ORDER BY username_key LIMIT :limit"
)
KEYS = Statement("SELECT record FROM keys WHERE tenant_id = :tenant_id ORDER BY kid")
CONSENT = Statement(
    "SELECT record FROM consents WHERE tenant_id = :tenant_id AND sub = :sub AND client_id = :client_id"
)
CONSENTS = Statement(
    "SELECT record FROM consents WHERE tenant_id = :tenant_id AND sub = :sub ORDER BY client_id"
)
EVENTS = Statement(
    "SELECT record FROM events WHERE tenant_id = :tenant_id AND event_id > :after"
    " ORDER BY event_id LIMIT :limit"
)

CACHED_CLIENTS, CACHED_TENANTS = 10_000, 1_000


class SqlDirectory:
    """The Directory port on a database. `hear` keeps what is cached true."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._tenants: Cache[str, Tenant] = Cache(CACHED_TENANTS, clock)
        self._clients: Cache[tuple[str, str], Client] = Cache(CACHED_CLIENTS, clock)
        self._keys: Cache[str, tuple[Key, ...]] = Cache(CACHED_TENANTS, clock)
        self._denylist = Denylist(clock)

    def hear(self, news: News) -> None:
        """Forget what has changed."""
        match news.topic:
            case "client":
                self._clients.forget((news.tenant_id, news.key))
            case "key":
                self._keys.forget(news.tenant_id)
            case "denied":
                self._denylist.add(news.tenant_id, news.key, news.until)
            case _:  # a tenant takes its clients and keys with it
                self._tenants.clear()
                self._clients.clear()
                self._keys.clear()

    async def tenant(self, name: str) -> Tenant | None:
        return self._tenants.peek(name) or await self._tenants.load(name, lambda: self._tenant(name))

    async def tenants(self) -> tuple[Tenant, ...]:
        return tuple(decode(Tenant, row[0]) for row in await self._database.rows(TENANTS))

    async def client(self, tenant_id: str, client_id: str) -> Client | None:
        key = (tenant_id, client_id)
        return self._clients.peek(key) or await self._clients.load(key, lambda: self._client(*key))

    async def clients(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Client, ...]:
        rows = await self._database.rows(CLIENTS, tenant_id=tenant_id, after=after, limit=limit)
        return tuple(decode(Client, row[0]) for row in rows)

    async def person(self, tenant_id: str, sub: str) -> Person | None:
        row = await self._database.one(PERSON, tenant_id=tenant_id, sub=sub)
        return recall(Person, row[0]) if row else None

    async def person_named(self, tenant_id: str, username: str) -> Person | None:
        name = username_key(username)
        row = await self._database.one(PERSON_NAMED, tenant_id=tenant_id, username_key=name)
        return recall(Person, row[0]) if row else None

    async def people(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Person, ...]:
        name = username_key(after)
        rows = await self._database.rows(PEOPLE, tenant_id=tenant_id, after=name, limit=limit)
        return tuple(decode(Person, row[0]) for row in rows)

    async def keys(self, tenant_id: str) -> tuple[Key, ...]:
        known = self._keys.peek(tenant_id)
        return known or await self._keys.load(tenant_id, lambda: self._keys_of(tenant_id)) or ()

    async def consent(self, tenant_id: str, sub: str, client_id: str) -> Consent | None:
        row = await self._database.one(CONSENT, tenant_id=tenant_id, sub=sub, client_id=client_id)
        return decode(Consent, row[0]) if row else None

    async def consents(self, tenant_id: str, sub: str) -> tuple[Consent, ...]:
        rows = await self._database.rows(CONSENTS, tenant_id=tenant_id, sub=sub)
        return tuple(decode(Consent, row[0]) for row in rows)

    async def events(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Event, ...]:
        rows = await self._database.rows(EVENTS, tenant_id=tenant_id, after=after, limit=limit)
        return tuple(decode(Event, row[0]) for row in rows)

    def denied(self, tenant_id: str, jti: str) -> bool:
        return (tenant_id, jti) in self._denylist

    async def _tenant(self, name: str) -> Tenant | None:
        row = await self._database.one(TENANT, name=name)
        return decode(Tenant, row[0]) if row else None

    async def _client(self, tenant_id: str, client_id: str) -> Client | None:
        row = await self._database.one(CLIENT, tenant_id=tenant_id, client_id=client_id)
        return decode(Client, row[0]) if row else None

    async def _keys_of(self, tenant_id: str) -> tuple[Key, ...]:
        rows = await self._database.rows(KEYS, tenant_id=tenant_id)
        return tuple(decode(Key, row[0]) for row in rows)
