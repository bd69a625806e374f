"""News between processes: what one commits, all the others hear of within a second.

Each process reads the feed table four times a second. A number missing (this process slept too long, or the
database was restored) means that anything may have changed: the listeners are told so.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from limen.ports.world import Clock
from limen.storage.news import News
from limen.storage.sql.connection import Database
from limen.storage.sql.statement import Statement

HEAD = Statement("SELECT seq FROM feed_head")
SINCE = Statement(
    "SELECT seq, topic, tenant_id, key, until FROM feed WHERE seq > :seq ORDER BY seq LIMIT 1000"
)
TENANT_IDS = Statement("SELECT tenant_id FROM tenants")
DENIED = Statement("SELECT tenant_id, jti, expires_at FROM denied WHERE expires_at > :now")

POLL_SECONDS = 0.25
EVERYTHING = News("everything", "", "")
UNSURE = News("unsure", "", "")

Listener = Callable[[News], None]
_log = logging.getLogger("limen.storage")


class Feed:
    """Reads the feed and tells the listeners, in the order of commits."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._listeners: list[Listener] = []
        self._seq = 0
        self._task: asyncio.Task[None] | None = None

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    async def start(self) -> None:
        """Begin to listen: what was committed before is told at once, everything later by the feed."""
        self._seq = await self._head()
        await self._recall()
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def tell(self, news: Iterable[News]) -> None:
        """Tell this process at once."""
        for item in news:
            for listener in self._listeners:
                listener(item)

    async def poll(self) -> None:
        """Tell what other processes have committed since the last time."""
        head = await self._head()
        while self._seq != head:
            rows = await self._database.rows(SINCE, seq=self._seq)
            if not rows or rows[0][0] != self._seq + 1:
                self.tell([EVERYTHING])
                self._seq = head
                await self._recall()
                return
            self._seq = rows[-1][0]
            self.tell(News(*row[1:]) for row in rows)
            head = max(head, self._seq)

    async def _head(self) -> int:
        row = await self._database.one(HEAD)
        return int(row[0]) if row else 0

    async def _recall(self) -> None:
        """Tell of every denial that still counts, and that any tenant's keys may be new."""
        tenants = await self._database.rows(TENANT_IDS)
        self.tell(News("key", tenant_id, "") for (tenant_id,) in tenants)
        rows = await self._database.rows(DENIED, now=self._clock.now())
        self.tell(News("denied", tenant_id, jti, until) for tenant_id, jti, until in rows)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.poll()
            except Exception as fault:  # noqa: BLE001 -- the listener outlives whatever the database does
                # What is cached may be out of date by now: it is read again, or fails as all else does.
                self.tell([UNSURE])
                _log.warning("the feed of changes could not be read: %r", fault)
