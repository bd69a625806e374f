"""The storage contract on what a person has done to them, and what they do at the same time."""

import asyncio

from limen.ports.storage import Put, Replace, SignOut, Storage
from limen.testing import storage_samples as sample
from limen.testing.storage_directory import Clause
from limen.testing.storage_samples import T, mark, unchanged


async def unchanged_needs_the_person_of_that_revision(storage: Storage) -> None:
    await storage.commit(Put(sample.person(tenant_id="other", revision=1)))
    assert await storage.commit(unchanged(1)) == unchanged(1)
    await storage.commit(Put(sample.person(revision=1)))
    assert await storage.commit(unchanged(1), Put(sample.session())) is None
    await storage.commit(Replace(sample.person(revision=2)))

    assert await storage.commit(mark(), unchanged(1)) == unchanged(1)
    assert await storage.commit(mark(), unchanged(2)) is None


async def signing_out_ends_every_session_of_that_person_alone(storage: Storage) -> None:
    others = (sample.session("3", sub="bob"), sample.session("4", tenant_id="other"))
    await storage.commit(*(Put(session) for session in (sample.session("1"), sample.session("2"), *others)))

    assert await storage.commit(SignOut(tenant_id=T, sub="alice")) is None
    assert await storage.commit(SignOut(tenant_id=T, sub="nobody")) is None

    assert await storage.sessions(T, "alice") == ()
    assert await storage.sessions(T, "bob") == others[:1]
    assert await storage.sessions("other", "alice") == others[1:]


async def of_a_person_that_changes_no_session_stays_whoever_is_faster(storage: Storage) -> None:
    await storage.commit(Put(sample.person(revision=0)))
    for number in range(20):
        signed_in = (unchanged(number), Put(sample.session(f"{number}")))
        changed = (Replace(sample.person(revision=number + 1)), SignOut(tenant_id=T, sub="alice"))
        both = (signed_in, changed) if number % 2 else (changed, signed_in)
        await asyncio.gather(*(storage.commit(*one) for one in both))

    assert await storage.sessions(T, "alice") == ()


PEOPLE: tuple[Clause, ...] = (
    unchanged_needs_the_person_of_that_revision,
    signing_out_ends_every_session_of_that_person_alone,
    of_a_person_that_changes_no_session_stays_whoever_is_faster,
)
