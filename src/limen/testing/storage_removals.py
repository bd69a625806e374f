"""The storage contract on removal: what goes with a record, and what of others stays."""

from collections.abc import Awaitable, Callable

from limen.model.artifacts import BackchannelRequest, DeviceCode, Interaction, PushedRequest, ReferenceToken
from limen.ports.storage import Put, Remove, Storage
from limen.testing import storage_samples as sample
from limen.testing.storage_samples import T, mark

Clause = Callable[[Storage], Awaitable[None]]


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


REMOVALS: tuple[Clause, ...] = (
    remove_needs_the_record,
    removing_one_record_leaves_its_namesakes,
    removing_a_client_takes_what_belongs_to_it,
    removing_a_person_takes_what_belongs_to_them,
    removing_a_grant_takes_its_tokens,
    removing_a_tenant_takes_everything_but_its_marks,
)
