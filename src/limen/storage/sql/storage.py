"""The storage port on a relational database: its readers, its one writer, and the feed between processes."""

from collections.abc import Callable, Coroutine
from typing import Any

from limen.model.artifacts import BackchannelRequest, DeviceCode
from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person, Throttle
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import A, Change, Standing, Swap
from limen.ports.world import Clock
from limen.storage.codec import decode
from limen.storage.sql.artifacts import SqlArtifacts
from limen.storage.sql.changes import plan
from limen.storage.sql.connection import Database
from limen.storage.sql.directory import SqlDirectory
from limen.storage.sql.feed import Feed
from limen.storage.sql.plan import BEAT, Plan
from limen.storage.sql.sweep import sweep
from limen.storage.sql.tables import table_of


class SqlStorage:
    """Everything the port promises, for any dialect."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._directory = SqlDirectory(database, clock)
        self._artifacts = SqlArtifacts(database)
        self._feed = Feed(database, clock)
        self._feed.listen(self._directory.hear)

    async def start(self) -> None:
        """Load what is kept in memory and begin to listen to other processes."""
        await self._feed.start()

    def subscribe(self, callback: Callable[[str, str, str], None]) -> None:
        """Have `callback(topic, tenant_id, key)` called for every change of a tenant, client, key or denial.

        Changes committed here are told before their `commit` returns, those of others within a second. The
        topic `everything` says that changes may have been missed, `unsure` that the database does not answer.
        """
        self._feed.listen(lambda news: callback(news.topic, news.tenant_id, news.key))

    async def commit(self, *changes: Change) -> Change | None:
        made = plan(changes, self._clock.now())
        restated: set[int] = set()
        while (failed := await self._database.commit(made)) is not None:
            change = changes[failed]
            if failed in restated or not isinstance(change, Swap):
                return change
            if not await self._restate(made, failed, change):
                return change
            restated.add(failed)
        self._feed.tell(made.news)
        return None

    async def _restate(self, made: Plan, place: int, change: Swap) -> bool:
        """Word a swap's old record as it is stored, when only words differ: another version wrote them."""
        table = table_of(change.old)
        row = await self._database.one(table.stored, **table.key_of(change.old))
        if row is None or decode(type(change.old), row[0]) != change.old:
            return False
        old = {f"old_{name}": value for name, value in table.key_of(change.old).items()}
        values = table.row(change.new) | old | {"old_record": row[0]}
        for position, step in enumerate(made.steps):
            if step.place == place:
                made.steps[position] = step._replace(arguments=step.statement.bind(values))
        return True

    async def sweep(self, now: int) -> int:
        return await sweep(self._database, now)

    async def check(self) -> None:
        made = Plan()
        made.add(BEAT, (), 0, conditional=False)
        await self._database.commit(made)

    async def backup(self, path: str) -> None:
        """Write a consistent copy of everything to a new file, without stopping anybody."""
        await self._database.backup(path)

    async def close(self) -> None:
        await self._feed.stop()
        await self._database.close()

    # --- Directory ---

    # What every request asks is handed through as it is: a coroutine around it would cost as much.
    def tenant(self, name: str) -> Coroutine[Any, Any, Tenant | None]:
        return self._directory.tenant(name)

    async def tenants(self) -> tuple[Tenant, ...]:
        return await self._directory.tenants()

    def client(self, tenant_id: str, client_id: str) -> Coroutine[Any, Any, Client | None]:
        return self._directory.client(tenant_id, client_id)

    async def clients(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Client, ...]:
        return await self._directory.clients(tenant_id, after=after, limit=limit)

    async def person(self, tenant_id: str, sub: str) -> Person | None:
        return await self._directory.person(tenant_id, sub)

    async def person_named(self, tenant_id: str, username: str) -> Person | None:
        return await self._directory.person_named(tenant_id, username)

    async def people(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Person, ...]:
        return await self._directory.people(tenant_id, after=after, limit=limit)

    async def keys(self, tenant_id: str) -> tuple[Key, ...]:
        return await self._directory.keys(tenant_id)

    async def consent(self, tenant_id: str, sub: str, client_id: str) -> Consent | None:
        return await self._directory.consent(tenant_id, sub, client_id)

    async def consents(self, tenant_id: str, sub: str) -> tuple[Consent, ...]:
        return await self._directory.consents(tenant_id, sub)

    async def events(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Event, ...]:
        return await self._directory.events(tenant_id, after=after, limit=limit)

    def denied(self, tenant_id: str, jti: str) -> bool:
        return self._directory.denied(tenant_id, jti)

    # --- Artifacts ---

    # Read with nearly every token and page: these two await one coroutine less.
    def standing(self, tenant_id: str, grant_id: str) -> Coroutine[Any, Any, Standing | None]:
        return self._artifacts.standing(tenant_id, grant_id)

    def session(
        self, tenant_id: str, digest: str
    ) -> Coroutine[Any, Any, tuple[Session, Person | None] | None]:
        return self._artifacts.session(tenant_id, digest)

    async def sessions(self, tenant_id: str, sub: str) -> tuple[Session, ...]:
        return await self._artifacts.sessions(tenant_id, sub)

    async def grants(self, tenant_id: str, *, session_id: str | None = None) -> tuple[Grant, ...]:
        return await self._artifacts.grants(tenant_id, session_id=session_id)

    async def get(self, kind: type[A], tenant_id: str, digest: str) -> A | None:
        return await self._artifacts.get(kind, tenant_id, digest)

    async def device_code(self, tenant_id: str, user_code_digest: str) -> DeviceCode | None:
        return await self._artifacts.device_code(tenant_id, user_code_digest)

    async def backchannel_requests(self, tenant_id: str, sub: str) -> tuple[BackchannelRequest, ...]:
        return await self._artifacts.backchannel_requests(tenant_id, sub)

    async def throttle(self, tenant_id: str, bucket: str) -> Throttle | None:
        return await self._artifacts.throttle(tenant_id, bucket)
