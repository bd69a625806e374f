"""The storage contract across processes: what several of them get from one store.

A backend's test runs each of `SHARED_CLAUSES` with the name of what opens a store and an empty one's URL:

    await clause("limen.storage:open_storage", url)
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from limen.model.artifacts import PushedRequest
from limen.ports.storage import Deny, Put, Remove, Replace, SignOut, Storage
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T
from limen.testing.storage_worker import GENERATIONS, opener

SharedClause = Callable[[str, str], Awaitable[None]]
PROCESSES = 4
SOON = 1.0
ROUNDS = 50


class Worker:
    """A process at work on the store."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> str:
        """Return its next line, empty when it has ended."""
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    async def rest(self) -> list[str]:
        """Return the whole lines still to come."""
        assert self.process.stdout is not None
        text = (await self.process.stdout.read()).decode()
        return text[: text.rfind("\n") + 1].split()

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")


@asynccontextmanager
async def workers(open_with: str, url: str, task: str, count: int = PROCESSES) -> AsyncIterator[list[Worker]]:
    """Start processes that share the store; killed at the end whatever they do."""
    async with AsyncExitStack() as stack:
        started = [await stack.enter_async_context(_worker(open_with, url, task, n)) for n in range(count)]
        for worker in started:
            assert await worker.line() == "ready"
        yield started


@asynccontextmanager
async def _worker(open_with: str, url: str, task: str, number: int) -> AsyncIterator[Worker]:
    arguments = ("-m", "limen.testing.storage_worker", open_with, url, task, f"{task}-{number}")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe)
    try:
        yield Worker(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def _opened(open_with: str, url: str) -> AsyncIterator[Storage]:
    storage = await opener(open_with)(url, clock=FixedClock())
    try:
        yield storage
    finally:
        await storage.close()


async def a_mark_pays_once_whoever_asks(open_with: str, url: str) -> None:
    async with workers(open_with, url, "mark") as crowd:
        for worker in crowd:
            worker.go()
        wins = [int(await worker.line()) for worker in crowd]

    assert sum(wins) == 1


async def a_generation_is_rotated_by_one_alone(open_with: str, url: str) -> None:
    async with _opened(open_with, url) as storage:
        await storage.commit(Put(sample.grant()))

    async with workers(open_with, url, "rotate") as crowd:
        for worker in crowd:
            worker.go()
        won = [int(word) for worker in crowd for word in await worker.rest()]

    assert sorted(won) == list(range(GENERATIONS))


async def killing_a_process_loses_nothing_acknowledged(open_with: str, url: str) -> None:
    acknowledged: list[str] = []
    async with workers(open_with, url, "fill", 2) as crowd:
        for worker in crowd:
            worker.go()
        for worker in crowd:
            acknowledged += [await worker.line() for _ in range(50)]
            worker.process.kill()  # in the middle of its work
            acknowledged += await worker.rest()

    async with _opened(open_with, url) as storage:
        kept = {event.event_id for event in await storage.events(T, limit=1_000_000)}
        assert kept >= set(acknowledged)
        for own in kept:  # and no change set is there by half
            assert await storage.standing(T, own) is not None
            assert await storage.get(PushedRequest, T, own) is not None
            assert await storage.commit(sample.mark(own)) is not None
        assert {grant.grant_id for grant in await storage.grants(T)} == kept


async def a_change_is_known_everywhere_within_a_second(open_with: str, url: str) -> None:
    async with _opened(open_with, url) as storage:
        await storage.commit(Put(sample.tenant(name="")), Put(sample.client()))
        async with workers(open_with, url, "watch", 2) as watchers:
            for watcher in watchers:
                watcher.go()
            await asyncio.sleep(SOON)

            await storage.commit(Replace(sample.client(revision=2)), Put(sample.key()))
            await storage.commit(Deny(tenant_id=T, jti="jti", expires_at=FAR))
            await asyncio.wait_for(_saw(watchers, {"client", "key", "denied"}), SOON)

            await storage.commit(Remove(sample.tenant()))
            await asyncio.wait_for(_saw(watchers, {"tenant"}), SOON)


async def _saw(watchers: list[Worker], words: set[str]) -> None:
    for watcher in watchers:
        assert {await watcher.line() for _ in words} == words


async def a_denial_is_known_to_who_comes_later(open_with: str, url: str) -> None:
    async with _opened(open_with, url) as storage:
        await storage.commit(Deny(tenant_id=T, jti="jti", expires_at=FAR))

    async with _opened(open_with, url) as storage:
        assert storage.denied(T, "jti")


async def of_a_person_whom_another_server_changes_no_session_stays(open_with: str, url: str) -> None:
    async with _opened(open_with, url) as here, _opened(open_with, url) as there:
        await here.commit(Put(sample.person(revision=0)))
        for number in range(ROUNDS):
            changed = (Replace(sample.person(revision=number + 1)), SignOut(tenant_id=T, sub="alice"))
            signed_in = (sample.unchanged(number), Put(sample.session()))
            await asyncio.gather(there.commit(*changed), here.commit(*signed_in))
            assert await here.sessions(T, "alice") == ()


async def many_may_open_an_empty_store_at_once(open_with: str, url: str) -> None:
    async with workers(open_with, url, "nothing") as crowd:
        for worker in crowd:
            worker.go()
        for worker in crowd:
            assert await worker.process.wait() == 0


SHARED_CLAUSES: tuple[SharedClause, ...] = (
    a_mark_pays_once_whoever_asks,
    a_generation_is_rotated_by_one_alone,
    killing_a_process_loses_nothing_acknowledged,
    a_change_is_known_everywhere_within_a_second,
    a_denial_is_known_to_who_comes_later,
    of_a_person_whom_another_server_changes_no_session_stays,
    many_may_open_an_empty_store_at_once,
)
