"""The PostgreSQL dialect: what travels together, and what happens when the server goes away."""

import asyncio

import asyncpg
import pytest

from limen.errors import TemporarilyUnavailable
from limen.ports.storage import Count, Deny, Live, Mark, Put, Revoke, Rotate
from limen.storage import open_storage
from limen.storage.errors import StorageError
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import FAR, T


def mark(number):
    return Mark(tenant_id=T, purpose="code", digest=f"{number}", expires_at=FAR)


@pytest.fixture
async def storage(postgres_url):
    store = await open_storage(postgres_url, clock=FixedClock())
    yield store
    await store.close()


@pytest.fixture
async def other(postgres_url):
    """A connection that is not the store's."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def test_what_becomes_ready_in_one_turn_shares_a_transaction(storage, other):
    answers = await asyncio.gather(
        *(storage.commit(mark(n), Put(sample.grant(f"{n}")), Put(sample.event(f"{n}"))) for n in range(50))
    )

    assert answers == [None] * 50
    assert len(set(await other.fetch("SELECT xmin::text FROM marks"))) == 1
    assert len(set(await other.fetch("SELECT xmin::text FROM grants"))) == 1


async def test_reads_of_one_turn_find_their_own_rows(storage):
    await storage.commit(*(Put(sample.grant(f"{n}", nonce=f"nonce {n}")) for n in range(40)))

    found = await asyncio.gather(*(storage.standing(T, f"{n}") for n in range(60)))

    assert [standing and standing.grant.nonce for standing in found] == [
        f"nonce {n}" if n < 40 else None for n in range(60)
    ]


async def test_what_the_database_cannot_hold_is_refused_to_its_sender_alone(storage):
    nul = Put(sample.grant("nul", client_id="a\x00b"))  # PostgreSQL's text has no NUL
    own = [(mark(1), Put(sample.grant("1"))), (mark(2), nul), (mark(3), Put(sample.grant("3")))]

    answers = await asyncio.gather(*(storage.commit(*one) for one in own), return_exceptions=True)

    assert (answers[0], answers[2]) == (None, None)
    assert isinstance(answers[1], asyncpg.PostgresError)
    assert await storage.commit(mark(2)) is None


async def test_a_grant_cannot_be_revoked_between_live_and_commit(storage, other, postgres_url):
    """Live holds the grant until its transaction ends: a revocation waits, or comes first."""
    await storage.commit(Put(sample.grant()))
    revocation = other.transaction()
    await revocation.start()
    await other.execute("UPDATE grants SET revoked_at = 5, revoked_by = 'other'")

    waiting = asyncio.ensure_future(storage.commit(Live(tenant_id=T, grant_id="grant-1"), mark(1)))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await revocation.commit()

    assert await waiting == Live(tenant_id=T, grant_id="grant-1")


async def test_sets_in_opposite_order_from_two_processes_all_succeed(postgres_url):
    stores = [await open_storage(postgres_url, clock=FixedClock()) for _ in range(2)]
    await stores[0].commit(Put(sample.grant("1")), Put(sample.grant("2")))

    def bump(store, order):
        counts = (Count(tenant_id=T, bucket=bucket, now=1, window=9) for bucket in order)
        return store.commit(*counts)

    for _ in range(5):
        work = (bump(stores[n % 2], "ab" if n % 2 else "ba") for n in range(6))
        assert await asyncio.gather(*work) == [None] * 6

    throttle = await stores[0].throttle(T, "a")
    assert throttle.failures == 30
    for store in stores:
        await store.close()


async def test_a_rotation_against_a_revocation_elsewhere_has_one_outcome(postgres_url):
    stores = [await open_storage(postgres_url, clock=FixedClock()) for _ in range(2)]
    for number in range(20):
        await stores[0].commit(Put(sample.grant(f"{number}")))
        rotate = Rotate(tenant_id=T, grant_id=f"{number}", generation=0, now=1, refresh_expires_at=9)
        revoke = Revoke(tenant_id=T, grant_id=f"{number}", now=2, reason="r")
        rotated, revoked = await asyncio.gather(stores[0].commit(rotate), stores[1].commit(revoke))

        grant = (await stores[0].standing(T, f"{number}")).grant
        assert revoked is None
        assert grant.revoked_at == 2
        assert grant.generation == (0 if rotated else 1)
    for store in stores:
        await store.close()


# They are waited for: who is asked to end goes on for a moment.
END_ALL = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'limen'"
END_MINE = END_ALL + " AND datname = current_database()"


async def test_a_lost_connection_is_made_anew(storage, other):
    await storage.commit(Put(sample.grant()))
    await other.execute(END_MINE)

    assert await storage.standing(T, "grant-1") is not None
    await asyncio.sleep(0.05)
    assert await storage.commit(mark(1)) is None


async def test_whoever_was_waiting_when_the_server_went_is_told_to_come_again(storage, other):
    await storage.commit(Put(sample.grant()))
    holding = other.transaction()
    await holding.start()
    await other.execute("UPDATE grants SET revoked_at = 5")
    waiting = asyncio.ensure_future(storage.commit(Live(tenant_id=T, grant_id="grant-1"), mark(1)))
    await asyncio.sleep(0.1)
    await other.execute(END_MINE)

    with pytest.raises(TemporarilyUnavailable):
        await waiting
    await holding.rollback()

    assert await storage.commit(Live(tenant_id=T, grant_id="grant-1"), mark(1)) is None


async def _ask_on(storage):
    while await storage.client(T, "app"):  # noqa: ASYNC110 -- this is about how long it answers
        await asyncio.sleep(0.05)


async def test_while_there_is_no_server_everything_is_unavailable_and_then_it_is_back(postgres):
    """The database is renamed away under the store, and put back."""
    with postgres.database() as url:
        storage = await open_storage(url, clock=FixedClock())
        await storage.commit(Put(sample.client()))
        assert await storage.client(T, "app") is not None
        name = url.rpartition("/")[2]
        admin = await asyncpg.connect(postgres.url("postgres"))
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await admin.execute(f"{END_ALL} AND datname = '{name}'")

        attempts = (
            lambda: storage.standing(T, "x"),
            lambda: storage.people(T),
            lambda: storage.commit(mark(1)),
            storage.check,
        )
        for attempt in attempts:
            with pytest.raises(TemporarilyUnavailable):
                await attempt()
        # What was cached may have changed meanwhile.
        with pytest.raises(TemporarilyUnavailable):
            await asyncio.wait_for(_ask_on(storage), 10)

        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()
        assert await storage.client(T, "app") == sample.client()
        assert await storage.commit(mark(1)) is None
        await storage.close()


async def test_a_denial_made_while_the_feed_was_unheard_is_heard_after(postgres_url, other):
    one, two = [await open_storage(postgres_url, clock=FixedClock()) for _ in range(2)]
    await other.execute(END_MINE)
    await asyncio.sleep(0.05)
    await one.commit(Deny(tenant_id=T, jti="jti", expires_at=FAR))

    async with asyncio.timeout(10):
        while not two.denied(T, "jti"):  # noqa: ASYNC110 -- this is about when it is known
            await asyncio.sleep(0.05)
    await one.close()
    await two.close()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda url: url.replace("limen:", "nobody:"), "refused the database URL"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "refused the database URL"),
        (lambda url: url.replace("@127.0.0.1:", "@127.0.0.1:port"), "cannot be read"),
    ],
)
async def test_a_wrong_url_is_explained(postgres_url, change, complaint):
    with pytest.raises(StorageError, match=complaint):
        await open_storage(change(postgres_url), clock=FixedClock())


async def test_a_server_that_does_not_answer_is_unavailable():
    with pytest.raises(TemporarilyUnavailable):
        await open_storage("postgresql://limen@127.0.0.1:1/limen", clock=FixedClock())
