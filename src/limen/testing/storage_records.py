"""The storage contract on records: what Put, Add, Replace and Swap do, and on which condition."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from limen.model.artifacts import DeviceCode, Interaction, PushedRequest
from limen.model.scope import Scope
from limen.ports.storage import (
    Add,
    Put,
    Replace,
    Storage,
    Swap,
)
from limen.testing import storage_samples as sample
from limen.testing.storage_samples import T, kept_grant, mark, rotate

Clause = Callable[[Storage], Awaitable[None]]


async def put_inserts_and_replaces(storage: Storage) -> None:
    assert await storage.commit(Put(sample.person())) is None
    assert await storage.commit(Put(sample.person(enabled=False))) is None

    assert await storage.person(T, "alice") == sample.person(enabled=False)


async def put_replaces_all_of_a_record(storage: Storage) -> None:
    await storage.commit(
        Put(sample.tenant()),
        Put(sample.client()),
        Put(sample.key()),
        Put(sample.consent()),
        Put(sample.session()),
        Put(sample.pushed()),
    )
    newer = (
        sample.tenant(enabled=False, revision=2),
        sample.client(client_name="newer", revision=2),
        sample.key(state="retired"),
        sample.consent(scope=Scope({"email"}), expires_at=5),
        sample.session(digest="newer", last_seen=5, expires_at=5),
        sample.pushed(params={"scope": ("email",)}, expires_at=5),
    )

    assert await storage.commit(*(Put(record) for record in newer)) is None

    session = await storage.session(T, "newer")
    assert newer == (
        await storage.tenant(T),
        await storage.client(T, "app"),
        *await storage.keys(T),
        await storage.consent(T, "alice", "app"),
        session and session[0],
        await storage.get(PushedRequest, T, "pushed-1"),
    )
    assert await storage.sweep(5) == 3


async def put_sets_the_revision_that_replace_builds_on(storage: Storage) -> None:
    for record in (sample.tenant(), sample.client(), sample.person()):
        await storage.commit(Put(record), Put(replace(record, revision=2)))
        assert await storage.commit(Replace(replace(record, revision=3))) is None


async def put_gives_a_grant_back_all_its_members(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), rotate(0))
    await storage.commit(Put(sample.grant()))

    assert await kept_grant(storage) == sample.grant()


async def put_gives_a_grant_all_that_single_changes_go_by(storage: Storage) -> None:
    newer = sample.grant(generation=3, rotated_at=5, refresh_expires_at=60, expires_at=70)
    await storage.commit(Put(sample.grant()), Put(newer))

    assert await storage.commit(sample.revoke(grant_id="grant-1")) is None
    assert await kept_grant(storage) == replace(newer, revoked_at=30, revoked_by="test")

    await storage.commit(Put(newer))
    assert await storage.commit(sample.live(), rotate(3)) is None
    await storage.commit(Put(replace(newer, revoked_at=9, revoked_by="logout")))
    assert await storage.commit(sample.live()) is not None


async def put_never_gives_two_people_one_name(storage: Storage) -> None:
    await storage.commit(Put(sample.person("1", username="ann")), Put(sample.person("2", username="bob")))

    twin = Put(sample.person("2", username="ANN"))

    assert await storage.commit(mark(), twin) == twin
    assert (await storage.people(T))[1].username == "bob"
    assert await storage.commit(mark()) is None


async def add_inserts_only_what_is_new(storage: Storage) -> None:
    add = Add(sample.client())
    assert await storage.commit(add) is None

    assert await storage.commit(Add(sample.client(client_name="second"))) is not None
    assert await storage.client(T, "app") == sample.client()


async def add_refuses_a_username_already_taken(storage: Storage) -> None:
    await storage.commit(Add(sample.person("1", username="ann")))

    twin = Add(sample.person("2", username=" Ann"))

    assert await storage.commit(twin) == twin
    assert await storage.person(T, "2") is None
    assert await storage.commit(Add(sample.tenant("a", name="n"))) is None
    assert await storage.commit(Add(sample.tenant("b", name="n"))) is not None


async def replace_needs_the_revision_before(storage: Storage) -> None:
    first = sample.client()
    assert await storage.commit(Replace(replace(first, revision=2))) is not None
    await storage.commit(Put(first))

    second = replace(first, revision=2, client_name="second")
    assert await storage.commit(Replace(second)) is None
    stale = Replace(replace(first, revision=2, client_name="stale"))
    assert await storage.commit(stale) == stale
    assert await storage.client(T, "app") == second


async def replace_renames_but_not_to_a_name_that_is_taken(storage: Storage) -> None:
    await storage.commit(Put(sample.person("1", username="ann")), Put(sample.person("2", username="bob")))

    taken = Replace(sample.person("2", username="Ann", revision=2))
    assert await storage.commit(taken) == taken
    assert await storage.commit(Replace(sample.person("2", username="cat", revision=2))) is None

    assert await storage.person_named(T, "bob") is None
    assert await storage.person_named(T, "cat") == sample.person("2", username="cat", revision=2)


async def swap_needs_exactly_what_is_stored(storage: Storage) -> None:
    old = sample.device_code()
    new = replace(old, status="approved", grant_id="grant-1")
    assert await storage.commit(Swap(old, new)) is not None
    await storage.commit(Put(old))

    assert await storage.commit(Swap(replace(old, polled_at=1), new)) is not None
    assert await storage.commit(Swap(old, new)) is None
    assert await storage.commit(Swap(old, new)) is not None
    assert await storage.get(DeviceCode, T, "device-1") == new


async def swap_may_give_a_session_another_handle(storage: Storage) -> None:
    old = sample.session()
    new = replace(old, digest="newer", last_seen=5)
    await storage.commit(Put(old))

    assert await storage.commit(Swap(old, new)) is None

    assert await storage.session(T, "newer") == (new, None)
    assert await storage.session(T, old.digest) is None


async def swap_may_give_an_artifact_another_handle(storage: Storage) -> None:
    old, other = sample.interaction("1"), sample.interaction("2")
    await storage.commit(Put(old), Put(other))

    assert await storage.commit(Swap(old, replace(old, digest="2"))) is not None
    assert await storage.commit(Swap(old, replace(old, digest="3"))) is None

    assert await storage.get(Interaction, T, "1") is None
    assert await storage.get(Interaction, T, "2") == other
    assert await storage.get(Interaction, T, "3") == replace(old, digest="3")


async def swap_keeps_a_key_that_changed_meanwhile(storage: Storage) -> None:
    old = sample.key()
    await storage.commit(Put(old))
    assert await storage.keys(T) == (old,)

    assert await storage.commit(Swap(replace(old, state="next"), replace(old, envelope="other"))) is not None
    assert await storage.keys(T) == (old,)
    assert await storage.commit(Swap(old, replace(old, envelope="new"))) is None
    assert await storage.keys(T) == (replace(old, envelope="new"),)


RECORDS: tuple[Clause, ...] = (
    put_inserts_and_replaces,
    put_replaces_all_of_a_record,
    put_sets_the_revision_that_replace_builds_on,
    put_gives_a_grant_back_all_its_members,
    put_gives_a_grant_all_that_single_changes_go_by,
    put_never_gives_two_people_one_name,
    add_inserts_only_what_is_new,
    add_refuses_a_username_already_taken,
    replace_needs_the_revision_before,
    replace_renames_but_not_to_a_name_that_is_taken,
    swap_needs_exactly_what_is_stored,
    swap_may_give_a_session_another_handle,
    swap_may_give_an_artifact_another_handle,
    swap_keeps_a_key_that_changed_meanwhile,
)
