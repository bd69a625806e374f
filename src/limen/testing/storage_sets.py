"""The storage contract on change sets: whole or not at all, and none disturbs another."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from limen.ports.storage import (
    Add,
    Change,
    Deny,
    Put,
    Remove,
    Replace,
    Storage,
)
from limen.testing import storage_samples as sample
from limen.testing.storage_samples import FAR, T, kept_grant, live, mark, revoke, rotate

Clause = Callable[[Storage], Awaitable[None]]


async def a_set_sees_its_own_earlier_changes(storage: Storage) -> None:
    assert await storage.commit(Put(sample.grant()), live(), rotate(0), rotate(1)) is None
    assert (await kept_grant(storage)).generation == 2

    changes: tuple[Change, ...] = (Remove(sample.grant()), Add(sample.grant("grant-1", nonce="again")))
    assert await storage.commit(*changes) is None
    assert (await kept_grant(storage)).nonce == "again"


async def a_failing_set_leaves_nothing_and_tells_its_first_failure(storage: Storage) -> None:
    await storage.commit(mark("used"), Put(sample.client()))

    failed = await storage.commit(
        Put(sample.person()),
        mark("new"),
        Replace(sample.client(revision=2)),
        Deny(tenant_id=T, jti="jti", expires_at=FAR),
        mark("used"),
        live("unknown"),
        Put(sample.grant()),
    )

    assert failed == mark("used")
    assert await storage.person(T, "alice") is None
    assert await storage.client(T, "app") == sample.client()
    assert await storage.standing(T, "grant-1") is None
    assert not storage.denied(T, "jti")
    assert await storage.commit(mark("new")) is None


async def a_failing_set_does_not_disturb_its_neighbours(storage: Storage) -> None:
    def change_set(number: int) -> tuple[Change, ...]:
        own = Put(sample.grant(f"{number:02}", client_id=f"{number:02}"))
        return (own, live("unknown")) if number % 3 else (own, mark(f"{number}"))

    answers = await asyncio.gather(*(storage.commit(*change_set(number)) for number in range(30)))

    assert [answer is None for answer in answers] == [number % 3 == 0 for number in range(30)]
    assert [grant.grant_id for grant in await storage.grants(T)] == [
        f"{number:02}" for number in range(0, 30, 3)
    ]


async def sets_of_one_turn_that_meet_are_made_one_after_another(storage: Storage) -> None:
    await storage.commit(Put(sample.grant("one")), Put(sample.grant("two")))

    answers = await asyncio.gather(
        storage.commit(live("one"), revoke(grant_id="two")),
        storage.commit(live("two"), revoke(grant_id="one")),
    )

    assert len([answer for answer in answers if answer is None]) == 1
    assert len(await storage.grants(T)) == 1


async def no_changes_are_a_change_set_too(storage: Storage) -> None:
    assert await storage.commit() is None


async def who_goes_away_does_not_disturb_the_others(storage: Storage) -> None:
    tasks = [asyncio.ensure_future(storage.commit(mark(f"{number}"))) for number in range(10)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    with suppress(asyncio.CancelledError):
        await tasks[3]

    assert [await task for task in tasks if not task.cancelled()] == [None] * (
        len(tasks) - tasks[3].cancelled()
    )


async def what_cannot_be_stored_is_refused_to_its_sender_alone(storage: Storage) -> None:
    strange: Any = Put(sample.person("strange", claims={"photo": object()}))

    answers = await asyncio.gather(
        storage.commit(mark("1")), storage.commit(strange), storage.commit(mark("2")), return_exceptions=True
    )

    assert (answers[0], answers[2]) == (None, None)
    assert isinstance(answers[1], TypeError)


SETS: tuple[Clause, ...] = (
    a_set_sees_its_own_earlier_changes,
    a_failing_set_leaves_nothing_and_tells_its_first_failure,
    a_failing_set_does_not_disturb_its_neighbours,
    sets_of_one_turn_that_meet_are_made_one_after_another,
    no_changes_are_a_change_set_too,
    who_goes_away_does_not_disturb_the_others,
    what_cannot_be_stored_is_refused_to_its_sender_alone,
)
