"""The storage contract on marks, grants and throttles: what pays once, lives, rotates, is counted."""

import asyncio
from collections.abc import Awaitable, Callable

from limen.ports.storage import (
    KEPT_SECONDS,
    Count,
    Forgive,
    Put,
    Remove,
    Revoke,
    Storage,
)
from limen.testing import storage_samples as sample
from limen.testing.storage_samples import T, kept_grant, live, mark, present, revoke, rotate

Clause = Callable[[Storage], Awaitable[None]]


CROWD = 1_000


async def a_mark_pays_once(storage: Storage) -> None:
    assert await storage.commit(mark()) is None
    assert await storage.commit(mark()) == mark()

    assert await storage.commit(mark("code-2"), mark(purpose="jti"), mark(tenant_id="other")) is None


async def a_crowd_that_marks_one_thing_has_one_winner(storage: Storage) -> None:
    answers = await asyncio.gather(*(storage.commit(mark()) for _ in range(CROWD)))

    assert answers.count(None) == 1


async def rotate_advances_one_generation(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()))

    assert await storage.commit(rotate(0, refresh_expires_at=40)) is None

    rotated = sample.grant(generation=1, rotated_at=20, refresh_expires_at=40)
    assert await kept_grant(storage) == rotated
    assert await storage.grants(T) == (rotated,)
    assert await storage.commit(rotate(0)) == rotate(0)
    assert await storage.commit(rotate(1)) is None
    assert await storage.commit(rotate(0, grant_id="unknown")) is not None


async def rotate_refuses_a_revoked_grant(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), revoke(grant_id="grant-1"))

    assert await storage.commit(rotate(0)) == rotate(0)


async def a_grant_outlives_its_refresh_token(storage: Storage) -> None:
    await storage.commit(Put(sample.grant(expires_at=40)))

    await storage.commit(rotate(0, refresh_expires_at=60))
    await storage.sweep(60)
    ends = (await kept_grant(storage)).expires_at
    assert 60 < ends <= 60 + KEPT_SECONDS

    await storage.commit(rotate(1, refresh_expires_at=55), rotate(2, refresh_expires_at=ends))
    assert (await kept_grant(storage)).expires_at == ends
    await storage.sweep(ends)
    assert await storage.standing(T, "grant-1") is None


async def a_crowd_that_rotates_has_one_winner_for_each_generation(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()))

    for generation in range(5):
        answers = await asyncio.gather(*(storage.commit(rotate(generation)) for _ in range(20)))
        assert answers.count(None) == 1
    assert (await kept_grant(storage)).generation == 5


async def live_needs_a_grant_of_its_own_tenant(storage: Storage) -> None:
    await storage.commit(Put(sample.grant(tenant_id="other")), Put(sample.session(tenant_id="other")))

    assert await storage.commit(live()) is not None
    assert await storage.commit(present()) is not None
    assert await storage.commit(rotate(0)) is not None
    await storage.commit(revoke(grant_id="grant-1"))
    assert len(await storage.grants("other")) == 1


async def live_needs_a_grant_that_is_not_revoked(storage: Storage) -> None:
    assert await storage.commit(live()) == live()
    await storage.commit(Put(sample.grant()))
    assert await storage.commit(live()) is None
    await storage.commit(revoke(grant_id="grant-1"))

    assert await storage.commit(mark(), live()) == live()
    assert await storage.commit(mark()) is None


async def present_needs_a_session_that_has_not_ended(storage: Storage) -> None:
    assert await storage.commit(present()) == present()
    await storage.commit(Put(sample.session()))
    assert await storage.commit(present(), Put(sample.grant())) is None
    await storage.commit(Remove(sample.session()))

    assert await storage.commit(mark(), present()) == present()
    assert await storage.commit(mark()) is None


async def of_a_session_that_ends_nothing_is_born_whoever_is_faster(storage: Storage) -> None:
    for number in range(20):
        session, grant = sample.session(), sample.grant(f"{number}")
        await storage.commit(Put(session))
        born, ended = (present(), Put(grant)), (Remove(session), revoke(session_id=session.session_id))
        both = (born, ended) if number % 2 else (ended, born)
        await asyncio.gather(*(storage.commit(*one) for one in both))

    assert await storage.grants(T) == ()


async def revoke_matches_all_given_members(storage: Storage) -> None:
    for number, members in enumerate(({}, {"client_id": "other"}, {"sub": "bob"}, {"session_id": "s"})):
        await storage.commit(Put(sample.grant(f"{number}", **members)))

    assert await storage.commit(revoke(sub="alice", client_id="app", session_id="session-1")) is None
    assert [grant.grant_id for grant in await storage.grants(T)] == ["1", "2", "3"]

    await storage.commit(revoke(session_id="s"))
    assert [grant.grant_id for grant in await storage.grants(T)] == ["1", "2"]

    await storage.commit(revoke(sub="alice"))
    assert [grant.grant_id for grant in await storage.grants(T)] == ["2"]

    await storage.commit(revoke(client_id="app"), revoke(grant_id="nobody"))
    assert await storage.grants(T) == ()


async def revoke_leaves_the_first_reason(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), revoke(grant_id="grant-1"))
    await storage.commit(Revoke(tenant_id=T, now=99, reason="later", sub="alice"))

    assert await kept_grant(storage) == sample.grant(revoked_at=30, revoked_by="test")


async def revoke_wants_at_least_one_member(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()))
    refused = False
    try:
        await storage.commit(revoke())
    except ValueError:
        refused = True

    assert refused
    assert await storage.grants(T) == (sample.grant(),)


async def failures_are_counted_until_they_expire(storage: Storage) -> None:
    def count(now: int) -> Count:
        return Count(tenant_id=T, bucket="ann", now=now, window=100)

    for now in (1000, 1040, 1099):
        assert await storage.commit(count(now)) is None
    throttle = await storage.throttle(T, "ann")
    assert throttle is not None
    assert (throttle.failures, throttle.first_at, throttle.last_at) == (3, 1000, 1099)
    assert throttle.expires_at == 1100

    await storage.commit(count(1100))
    throttle = await storage.throttle(T, "ann")
    assert throttle is not None
    assert (throttle.failures, throttle.first_at, throttle.expires_at) == (1, 1100, 1200)
    assert await storage.throttle("other", "ann") is None


async def a_crowd_that_fails_is_counted_in_full(storage: Storage) -> None:
    count = Count(tenant_id=T, bucket="ann", now=1, window=100)
    await asyncio.gather(*(storage.commit(count) for _ in range(50)))

    throttle = await storage.throttle(T, "ann")
    assert throttle is not None
    assert throttle.failures == 50


async def a_forgiven_bucket_is_empty(storage: Storage) -> None:
    forgive = Forgive(tenant_id=T, bucket="ann")
    await storage.commit(Count(tenant_id=T, bucket="ann", now=1, window=100))

    assert await storage.commit(forgive) is None
    assert await storage.commit(forgive) is None
    assert await storage.throttle(T, "ann") is None


async def a_bucket_is_of_one_name_in_one_tenant(storage: Storage) -> None:
    places = ((T, "ann"), (T, "bob"), ("other", "ann"))
    for times, (tenant_id, bucket) in enumerate(places, 1):
        for _ in range(times):
            await storage.commit(Count(tenant_id=tenant_id, bucket=bucket, now=1, window=100))

    async def failures() -> list[int]:
        found = [await storage.throttle(*place) for place in places]
        return [throttle.failures if throttle is not None else 0 for throttle in found]

    assert await failures() == [1, 2, 3]
    await storage.commit(Forgive(tenant_id=T, bucket="ann"))
    assert await failures() == [0, 2, 3]


GRANTS: tuple[Clause, ...] = (
    a_mark_pays_once,
    a_crowd_that_marks_one_thing_has_one_winner,
    rotate_advances_one_generation,
    rotate_refuses_a_revoked_grant,
    a_grant_outlives_its_refresh_token,
    a_crowd_that_rotates_has_one_winner_for_each_generation,
    live_needs_a_grant_of_its_own_tenant,
    live_needs_a_grant_that_is_not_revoked,
    present_needs_a_session_that_has_not_ended,
    of_a_session_that_ends_nothing_is_born_whoever_is_faster,
    revoke_matches_all_given_members,
    revoke_leaves_the_first_reason,
    revoke_wants_at_least_one_member,
    failures_are_counted_until_they_expire,
    a_crowd_that_fails_is_counted_in_full,
    a_forgiven_bucket_is_empty,
    a_bucket_is_of_one_name_in_one_tenant,
)
