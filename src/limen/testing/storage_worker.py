"""One of several processes that share a store, for `storage_processes`: it does its task when told to go.

    python -m limen.testing.storage_worker limen.storage:open_storage URL TASK NAME

Says "ready" when the store is open, waits for a line, and writes what happened, a line for each thing.
"""

import asyncio
import itertools
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module

from limen.ports.storage import Put, Storage
from limen.ports.world import Clock
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import T

Opener = Callable[..., Awaitable[Storage]]
CROWD = 250
GENERATIONS = 20
IN_FLIGHT = 8


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def opener(name: str) -> Opener:
    """Return the function a name such as limen.storage:open_storage stands for."""
    module, _, function = name.partition(":")
    found: Opener = getattr(import_module(module), function)
    return found


async def mark(storage: Storage, _name: str) -> None:
    """Use one thing many times at once; say how often that worked."""
    answers = await asyncio.gather(*(storage.commit(sample.mark()) for _ in range(CROWD)))
    say(answers.count(None))


async def rotate(storage: Storage, _name: str) -> None:
    """Try to be the one who rotates each generation; say which ones it was."""
    while (generation := (await sample.kept_grant(storage)).generation) < GENERATIONS:
        answers = await asyncio.gather(*(storage.commit(sample.rotate(generation)) for _ in range(3)))
        for _ in range(answers.count(None)):
            say(generation)


async def fill(storage: Storage, name: str) -> None:
    """Commit change sets until killed; say the number of each one that was acknowledged."""
    numbers = itertools.count()

    async def one_after_another() -> None:
        for number in numbers:
            own = f"{name}-{number:06}"
            await storage.commit(
                Put(sample.event(own)), sample.mark(own), Put(sample.grant(own)), Put(sample.pushed(own))
            )
            say(own)

    await asyncio.gather(*(one_after_another() for _ in range(IN_FLIGHT)))


async def watch(storage: Storage, _name: str) -> None:
    """Say what is seen to change, as soon as it is."""
    for_client = _until(lambda: _is_renamed(storage), "client")
    for_token = _until(lambda: _is_denied(storage), "denied")
    for_key = _until(lambda: _has_key(storage), "key")
    for_tenant = _until(lambda: _has_no_tenant(storage), "tenant")
    await asyncio.gather(for_client, for_token, for_key, for_tenant)


async def _until(seen: Callable[[], Awaitable[bool]], word: str) -> None:
    while not await seen():  # noqa: ASYNC110 -- this is about what a reader sees, and when
        await asyncio.sleep(0.01)
    say(word)


async def _is_renamed(storage: Storage) -> bool:
    client = await storage.client(T, "app")
    return client is not None and client.revision > 1


async def _is_denied(storage: Storage) -> bool:
    return storage.denied(T, "jti")


async def _has_key(storage: Storage) -> bool:
    return bool(await storage.keys(T))


async def _has_no_tenant(storage: Storage) -> bool:
    return await storage.tenant("") is None


async def nothing(_storage: Storage, _name: str) -> None:
    """Open and close."""


TASKS: Mapping[str, Callable[[Storage, str], Awaitable[None]]] = {
    "mark": mark,
    "rotate": rotate,
    "fill": fill,
    "watch": watch,
    "nothing": nothing,
}


async def main(name_of_opener: str, url: str, task: str, name: str) -> None:
    clock: Clock = FixedClock()
    storage = await opener(name_of_opener)(url, clock=clock)
    await _warm(storage)
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    await TASKS[task](storage, name)
    await storage.close()


async def _warm(storage: Storage) -> None:
    """Let what may be cached be cached."""
    await storage.tenant("")
    await storage.client(T, "app")
    await storage.keys(T)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
