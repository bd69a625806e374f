"""The store in memory, for tests and trials: the same contract, and nothing survives the process."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from limen.model.artifacts import BackchannelRequest, DeviceCode
from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person, Throttle
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import A, Add, Change, Deny, Put, Remove, Replace, Standing, Swap
from limen.protocol.username import username_key
from limen.storage.errors import StorageError
from limen.storage.memory_changes import WRITERS, Shelves
from limen.storage.news import news_of

R = TypeVar("R")


class MemoryStorage:
    """Shelves of records by kind and key."""

    def __init__(self) -> None:
        self._shelves = Shelves()
        self._listeners: list[Callable[[str, str, str], None]] = []

    def subscribe(self, callback: Callable[[str, str, str], None]) -> None:
        """Have `callback(topic, tenant_id, key)` called at each change of a tenant, client, key, denial."""
        self._listeners.append(callback)

    async def commit(self, *changes: Change) -> Change | None:
        undo = self._shelves.begin()
        try:
            for change in changes:
                if not WRITERS[type(change)](change, self._shelves):
                    undo()
                    return change
        except BaseException:
            undo()
            raise
        for change in changes:
            if isinstance(change, Put | Add | Replace | Swap | Remove | Deny) and (news := news_of(change)):
                for listener in self._listeners:
                    listener(news.topic, news.tenant_id, news.key)
        return None

    async def sweep(self, now: int) -> int:
        expired = [
            (kind, key)
            for kind, shelf in self._shelves.all()
            for key, record in shelf.items()
            if 0 < getattr(record, "expires_at", 0) <= now and not isinstance(record, Event)
        ]
        for kind, key in expired:
            self._shelves.drop(kind, key)
        return len(expired)

    async def check(self) -> None:
        """Memory is always there."""

    async def backup(self, path: str) -> None:
        raise StorageError(f"what is in memory cannot be backed up to {path}: use sqlite: or postgresql:")

    async def close(self) -> None:
        """Nothing is held."""

    # --- Directory ---

    async def tenant(self, name: str) -> Tenant | None:
        return next((tenant for tenant in self._shelves.of(Tenant) if tenant.name == name), None)

    async def tenants(self) -> tuple[Tenant, ...]:
        return tuple(sorted(self._shelves.of(Tenant), key=lambda tenant: tenant.name))

    async def client(self, tenant_id: str, client_id: str) -> Client | None:
        return self._shelves.find(Client, (tenant_id, client_id))

    async def clients(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Client, ...]:
        mine = self._of(Client, tenant_id)
        return _page(mine, lambda client: client.client_id, after, limit)

    async def person(self, tenant_id: str, sub: str) -> Person | None:
        return self._shelves.find(Person, (tenant_id, sub))

    async def person_named(self, tenant_id: str, username: str) -> Person | None:
        wanted = username_key(username)
        mine = self._of(Person, tenant_id)
        return next((person for person in mine if username_key(person.username) == wanted), None)

    async def people(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Person, ...]:
        mine = self._of(Person, tenant_id)
        return _page(mine, lambda person: username_key(person.username), username_key(after), limit)

    async def keys(self, tenant_id: str) -> tuple[Key, ...]:
        return tuple(sorted(self._of(Key, tenant_id), key=lambda key: key.kid))

    async def consent(self, tenant_id: str, sub: str, client_id: str) -> Consent | None:
        return self._shelves.find(Consent, (tenant_id, sub, client_id))

    async def consents(self, tenant_id: str, sub: str) -> tuple[Consent, ...]:
        mine = (consent for consent in self._of(Consent, tenant_id) if consent.sub == sub)
        return tuple(sorted(mine, key=lambda consent: consent.client_id))

    async def events(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Event, ...]:
        return _page(self._of(Event, tenant_id), lambda event: event.event_id, after, limit)

    def denied(self, tenant_id: str, jti: str) -> bool:
        return self._shelves.find(Deny, (tenant_id, jti)) is not None

    # --- Artifacts ---

    async def standing(self, tenant_id: str, grant_id: str) -> Standing | None:
        grant = self._shelves.find(Grant, (tenant_id, grant_id))
        if grant is None:
            return None
        session = self._shelves.find(Session, (tenant_id, grant.session_id or ""))
        return Standing(grant=grant, session=session, person=await self.person(tenant_id, grant.sub))

    async def session(self, tenant_id: str, digest: str) -> tuple[Session, Person | None] | None:
        for session in self._shelves.of(Session):
            if (session.tenant_id, session.digest) == (tenant_id, digest):
                return session, await self.person(tenant_id, session.sub)
        return None

    async def sessions(self, tenant_id: str, sub: str) -> tuple[Session, ...]:
        mine = (session for session in self._of(Session, tenant_id) if session.sub == sub)
        return tuple(sorted(mine, key=lambda session: session.session_id))

    async def grants(self, tenant_id: str, *, session_id: str | None = None) -> tuple[Grant, ...]:
        live = (grant for grant in self._of(Grant, tenant_id) if not grant.revoked_at)
        mine = (grant for grant in live if session_id in {None, grant.session_id})
        return tuple(sorted(mine, key=lambda grant: grant.grant_id))

    async def get(self, kind: type[A], tenant_id: str, digest: str) -> A | None:
        return self._shelves.find(kind, (tenant_id, digest))

    async def device_code(self, tenant_id: str, user_code_digest: str) -> DeviceCode | None:
        for code in self._shelves.of(DeviceCode):
            if (code.tenant_id, code.user_code_digest) == (tenant_id, user_code_digest):
                return code
        return None

    async def backchannel_requests(self, tenant_id: str, sub: str) -> tuple[BackchannelRequest, ...]:
        mine = (request for request in self._of(BackchannelRequest, tenant_id) if request.sub == sub)
        waiting = (request for request in mine if request.status == "pending")
        return tuple(sorted(waiting, key=lambda request: request.digest))

    async def throttle(self, tenant_id: str, bucket: str) -> Throttle | None:
        return self._shelves.find(Throttle, (tenant_id, bucket))

    def _of(self, kind: type[R], tenant_id: str) -> list[R]:
        records: Iterable[Any] = self._shelves.of(kind)
        return [record for record in records if record.tenant_id == tenant_id]


def _page(records: Iterable[R], place: Callable[[R], str], after: str, limit: int) -> tuple[R, ...]:
    behind = (record for record in records if place(record) > after)
    return tuple(sorted(behind, key=place)[:limit])
