"""The storage contract on records: what Put, Add, Replace, Swap and Remove do, and on which condition."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from limen.model.artifacts import BackchannelRequest, DeviceCode, Interaction, PushedRequest, ReferenceToken
from limen.ports.storage import (
    Add,
    Put,
    Remove,
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


async def put_gives_a_grant_back_all_its_members(storage: Storage) -> None:
    await storage.commit(Put(sample.grant()), rotate(0))
    await storage.commit(Put(sample.grant()))

    assert await kept_grant(storage) == sample.grant()


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


async def remove_needs_the_record(storage: Storage) -> None:
    await storage.commit(Put(sample.interaction()), Put(sample.consent()))

    for record in (sample.interaction(), sample.consent()):
        assert await storage.commit(Remove(record)) is None
        assert await storage.commit(Remove(record)) is not None
    assert await storage.get(Interaction, T, "interaction-1") is None
    assert await storage.consent(T, "alice", "app") is None


async def removing_one_record_leaves_its_namesakes(storage: Storage) -> None:
    for tenant_id in (T, "other"):
        for name in ("one", "two"):
            await storage.commit(
                Put(sample.event(name, tenant_id=tenant_id)),
                Put(sample.key(name, tenant_id=tenant_id)),
                Put(sample.interaction(name, tenant_id=tenant_id)),
                Put(sample.pushed(name, tenant_id=tenant_id)),
                *(Put(sample.consent(name, sub=sub, tenant_id=tenant_id)) for sub in ("alice", "bob")),
            )

    for record in (sample.event("one"), sample.key("one"), sample.interaction("one"), sample.consent("one")):
        assert await storage.commit(Remove(record)) is None

    assert await storage.events(T) == (sample.event("two"),)
    assert await storage.keys(T) == (sample.key("two"),)
    assert len(await storage.events("other")) == len(await storage.keys("other")) == 2
    assert await storage.consents(T, "alice") == (sample.consent("two"),)
    assert len(await storage.consents(T, "bob")) == len(await storage.consents("other", "alice")) == 2
    assert await storage.get(Interaction, T, "one") is None
    assert await storage.get(PushedRequest, T, "one") == sample.pushed("one")
    assert await storage.get(Interaction, T, "two") == sample.interaction("two")
    assert await storage.get(Interaction, "other", "one") is not None


async def _furnish(storage: Storage) -> None:
    for tenant_id in (T, "other"):
        for name in ("one", "two"):
            own = {"tenant_id": tenant_id, "client_id": name, "sub": name}
            await storage.commit(
                Put(sample.client(name, tenant_id=tenant_id)),
                Put(sample.person(name, tenant_id=tenant_id)),
                Put(sample.session(name, tenant_id=tenant_id, sub=name)),
                Put(sample.grant(name, **own)),
                Put(sample.consent(**own)),
                Put(sample.device_code(name, tenant_id=tenant_id, client_id=name)),
                Put(sample.reference(name, tenant_id=tenant_id, client_id=name, grant_id=name)),
                Put(sample.backchannel(name, **own)),
            )


async def _belongings(storage: Storage, name: str, tenant_id: str = T) -> set[str]:
    """What is left that belongs to the client, the person and the grant of one name."""
    left = {
        "client": await storage.client(tenant_id, name),
        "person": await storage.person(tenant_id, name),
        "session": await storage.session(tenant_id, f"digest of {name}"),
        "grant": await storage.standing(tenant_id, name),
        "consent": await storage.consent(tenant_id, name, name),
        "device code": await storage.get(DeviceCode, tenant_id, name),
        "reference token": await storage.get(ReferenceToken, tenant_id, name),
        "request": await storage.get(BackchannelRequest, tenant_id, name),
    }
    return {what for what, record in left.items() if record is not None}


async def removing_a_client_takes_what_belongs_to_it(storage: Storage) -> None:
    await _furnish(storage)
    everything = await _belongings(storage, "two")

    assert await storage.commit(Remove(sample.client("one"))) is None

    assert await _belongings(storage, "one") == {"person", "session"}
    assert await _belongings(storage, "two") == everything
    assert await _belongings(storage, "one", "other") == everything


async def removing_a_person_takes_what_belongs_to_them(storage: Storage) -> None:
    await _furnish(storage)
    everything = await _belongings(storage, "two")

    assert await storage.commit(Remove(sample.person("one"))) is None

    assert await _belongings(storage, "one") == {"client", "device code"}
    assert await _belongings(storage, "two") == everything
    assert await _belongings(storage, "one", "other") == everything


async def removing_a_grant_takes_its_tokens(storage: Storage) -> None:
    await _furnish(storage)
    everything = await _belongings(storage, "two")

    assert await storage.commit(Remove(sample.grant("one"))) is None

    assert await _belongings(storage, "one") == everything - {"grant", "reference token"}
    assert await _belongings(storage, "two") == everything
    assert await _belongings(storage, "one", "other") == everything


async def removing_a_tenant_takes_everything_but_its_marks(storage: Storage) -> None:
    await _furnish(storage)
    for tenant_id in (T, "other"):
        await storage.commit(
            Put(sample.tenant(tenant_id)),
            Put(sample.key(tenant_id=tenant_id)),
            Put(sample.event(tenant_id=tenant_id)),
        )
    await storage.commit(mark())
    everything = await _belongings(storage, "one", "other")
    assert await storage.client(T, "one") is not None

    assert await storage.commit(Remove(sample.tenant())) is None

    assert await _belongings(storage, "one") == set()
    assert await storage.tenant(T) is None
    assert await storage.keys(T) == ()
    assert await storage.events(T) == ()
    assert len(await storage.keys("other")) == len(await storage.events("other")) == 1
    assert await storage.commit(mark()) is not None
    assert await _belongings(storage, "one", "other") == everything


RECORDS: tuple[Clause, ...] = (
    put_inserts_and_replaces,
    put_gives_a_grant_back_all_its_members,
    put_never_gives_two_people_one_name,
    add_inserts_only_what_is_new,
    add_refuses_a_username_already_taken,
    replace_needs_the_revision_before,
    replace_renames_but_not_to_a_name_that_is_taken,
    swap_needs_exactly_what_is_stored,
    swap_may_give_a_session_another_handle,
    swap_may_give_an_artifact_another_handle,
    swap_keeps_a_key_that_changed_meanwhile,
    remove_needs_the_record,
    removing_one_record_leaves_its_namesakes,
    removing_a_client_takes_what_belongs_to_it,
    removing_a_person_takes_what_belongs_to_them,
    removing_a_grant_takes_its_tokens,
    removing_a_tenant_takes_everything_but_its_marks,
)
