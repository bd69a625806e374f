"""The storage contract on what lasts: how tenants, clients, people and the rest are found."""

from collections.abc import Awaitable, Callable

from limen.model.artifacts import Interaction
from limen.ports.storage import Add, Deny, Put, Remove, Replace, Storage
from limen.testing import storage_samples as sample
from limen.testing.storage_samples import FAR, T

Clause = Callable[[Storage], Awaitable[None]]


async def an_empty_store_answers_nothing(storage: Storage) -> None:
    assert await storage.tenant("") is None
    assert await storage.tenants() == ()
    assert await storage.client(T, "app") is None
    assert await storage.person(T, "alice") is None
    assert await storage.person_named(T, "alice") is None
    assert await storage.keys(T) == ()
    assert await storage.consent(T, "alice", "app") is None
    assert await storage.standing(T, "grant-1") is None
    assert await storage.session(T, "digest") is None
    assert await storage.get(Interaction, T, "interaction-1") is None
    assert await storage.device_code(T, "digest") is None
    assert await storage.backchannel_requests(T, "alice") == ()
    assert await storage.throttle(T, "bucket") is None
    assert not storage.denied(T, "jti")


async def a_tenant_is_found_by_its_name(storage: Storage) -> None:
    root, other = sample.tenant("root", name=""), sample.tenant("other")
    await storage.commit(Put(other), Put(root))

    assert await storage.tenant("") == root
    assert await storage.tenant("other") == other
    assert await storage.tenants() == (root, other)


async def a_record_comes_back_as_it_was(storage: Storage) -> None:
    client, person = sample.client(), sample.person()
    await storage.commit(Put(client), Put(person), Put(sample.consent()), Put(sample.key()))

    assert await storage.client(T, "app") == client
    assert await storage.person(T, "alice") == person
    assert await storage.consent(T, "alice", "app") == sample.consent()
    assert await storage.keys(T) == (sample.key(),)


async def clients_come_in_pages_in_order(storage: Storage) -> None:
    clients = tuple(sample.client(f"app-{number}") for number in range(5))
    await storage.commit(*(Put(client) for client in reversed(clients)))

    assert await storage.clients(T) == clients
    assert await storage.clients(T, limit=2) == clients[:2]
    assert await storage.clients(T, after="app-1", limit=2) == clients[2:4]


async def people_come_in_pages_in_order_of_username(storage: Storage) -> None:
    people = tuple(sample.person(f"sub-{9 - number}", username=f"user-{number}") for number in range(5))
    await storage.commit(*(Put(person) for person in people))

    assert await storage.people(T) == people
    assert await storage.people(T, after="user-1", limit=2) == people[2:4]


async def events_come_in_pages_in_order(storage: Storage) -> None:
    events = tuple(sample.event(f"event-{number}") for number in range(5))
    await storage.commit(*(Put(event) for event in events))

    assert await storage.events(T) == events
    assert await storage.events(T, after="event-1", limit=2) == events[2:4]


async def a_person_is_found_however_the_username_is_written(storage: Storage) -> None:
    person = sample.person("1", username="Straße")
    await storage.commit(Put(person))

    for written in ("Straße", "STRASSE", " strasse ", "\uff53trasse", "stra\u200bsse"):
        assert await storage.person_named(T, written) == person
    assert await storage.person_named(T, "stras") is None


async def consents_of_a_person_are_listed(storage: Storage) -> None:
    mine, other = sample.consent("one"), sample.consent("two")
    await storage.commit(Put(other), Put(mine), Put(sample.consent("one", sub="bob")))

    assert await storage.consents(T, "alice") == (mine, other)


async def tenants_do_not_see_each_other(storage: Storage) -> None:
    await storage.commit(
        Put(sample.client()),
        Put(sample.person()),
        Put(sample.key()),
        Put(sample.grant()),
        Put(sample.session()),
        Put(sample.interaction()),
        Put(sample.device_code()),
        Deny(tenant_id=T, jti="jti", expires_at=sample.FAR),
    )

    assert await storage.client("other", "app") is None
    assert await storage.person_named("other", "alice") is None
    assert await storage.clients("other") == ()
    assert await storage.people("other") == ()
    assert await storage.keys("other") == ()
    assert await storage.standing("other", "grant-1") is None
    assert await storage.session("other", "digest of session-1") is None
    assert await storage.grants("other") == ()
    assert await storage.get(Interaction, "other", "interaction-1") is None
    assert await storage.device_code("other", "user code of device-1") is None
    assert not storage.denied("other", "jti")
    assert await storage.commit(Remove(sample.client(tenant_id="other"))) is not None
    assert await storage.commit(Add(sample.person(tenant_id="other"))) is None


async def what_was_just_changed_is_what_is_read(storage: Storage) -> None:
    assert await storage.client(T, "app") is None
    assert await storage.tenant(T) is None
    await storage.commit(Add(sample.client()), Add(sample.tenant()), Put(sample.key()))
    assert await storage.client(T, "app") == sample.client()
    assert await storage.tenant(T) == sample.tenant()
    assert await storage.keys(T) == (sample.key(),)

    newer = sample.client(revision=2, client_name="Newer")
    renamed = sample.tenant(revision=2, name="renamed")
    await storage.commit(Replace(newer), Replace(renamed), Put(sample.key(state="retired")))
    assert await storage.client(T, "app") == newer
    assert await storage.tenant(T) is None
    assert await storage.tenant("renamed") == renamed
    assert await storage.keys(T) == (sample.key(state="retired"),)

    await storage.commit(Remove(newer), Remove(sample.key()))
    assert await storage.client(T, "app") is None
    assert await storage.keys(T) == ()


async def a_denial_is_never_shortened(storage: Storage) -> None:
    for expires_at in (FAR - 1, FAR, 5):
        await storage.commit(Deny(tenant_id=T, jti="jti", expires_at=expires_at))

    assert await storage.sweep(FAR - 1) == 0
    assert storage.denied(T, "jti")
    assert await storage.sweep(FAR) == 1


async def a_denied_token_is_known_at_once(storage: Storage) -> None:
    await storage.commit(Deny(tenant_id=T, jti="jti", expires_at=sample.FAR))

    assert storage.denied(T, "jti")
    assert not storage.denied(T, "another")


DIRECTORY: tuple[Clause, ...] = (
    an_empty_store_answers_nothing,
    a_tenant_is_found_by_its_name,
    a_record_comes_back_as_it_was,
    clients_come_in_pages_in_order,
    people_come_in_pages_in_order_of_username,
    events_come_in_pages_in_order,
    a_person_is_found_however_the_username_is_written,
    consents_of_a_person_are_listed,
    tenants_do_not_see_each_other,
    what_was_just_changed_is_what_is_read,
    a_denied_token_is_known_at_once,
    a_denial_is_never_shortened,
)
