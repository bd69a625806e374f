"""Memory and SQLite agree, whatever is done to them: a state machine over the storage port."""

import asyncio
import itertools
import tempfile

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs

from limen.model.artifacts import DeviceCode
from limen.ports.storage import (
    Add,
    Count,
    Deny,
    Forgive,
    Live,
    Mark,
    Present,
    Put,
    Remove,
    Replace,
    Revoke,
    Rotate,
    Swap,
)  # fmt: skip
from limen.storage import open_storage
from limen.testing import storage_samples as sample
from limen.testing.clock import FixedClock
from limen.testing.storage_samples import T

few = st.sampled_from(["1", "2"])
moments, later = st.integers(0, 6), st.integers(1, 6)
records = st.one_of(
    st.builds(sample.tenant, few, name=few, revision=st.integers(1, 3)),
    st.builds(sample.client, few, revision=st.integers(1, 3)),
    st.builds(sample.person, few, username=st.sampled_from(["a", "A ", "b"]), revision=st.integers(1, 3)),
    st.builds(sample.session, few, digest=few, sub=few, expires_at=moments),
    st.builds(
        sample.grant, few, sub=few, client_id=few, session_id=few | st.none(), generation=st.integers(0, 2),
        expires_at=moments, revoked_at=st.sampled_from([0, 0, 3]),
    ),
    st.builds(sample.consent, few, sub=few, expires_at=moments),
    st.builds(sample.event, few),
    st.builds(sample.key, few),
    st.builds(sample.device_code, few, client_id=few, grant_id=few, user_code_digest=few, status=few),
    st.builds(sample.backchannel, few, sub=few, status=st.sampled_from(["pending", "denied"])),
)  # fmt: skip
revised = records.filter(lambda record: hasattr(record, "revision"))
device_codes = st.builds(sample.device_code, few, status=few)
changes = st.one_of(
    st.builds(Put, records),
    st.builds(Add, records),
    st.builds(Replace, revised),
    st.builds(Swap, device_codes, device_codes),
    st.builds(Remove, records),
    st.builds(Mark, tenant_id=few, purpose=few, digest=few, expires_at=st.integers(1, 6)),
    st.builds(
        Rotate, tenant_id=st.just(T), grant_id=few, generation=st.integers(0, 2), now=moments,
        refresh_expires_at=moments,
    ),
    st.builds(Live, tenant_id=st.just(T), grant_id=few),
    st.builds(Present, tenant_id=st.just(T), session_id=few),
    st.builds(Revoke, tenant_id=st.just(T), now=later, reason=few, sub=few, client_id=few | st.none()),
    st.builds(Revoke, tenant_id=st.just(T), now=later, reason=few, session_id=few),
    st.builds(Deny, tenant_id=st.just(T), jti=few, expires_at=st.just(sample.FAR)),
    st.builds(Count, tenant_id=st.just(T), bucket=few, now=moments, window=st.integers(1, 3)),
    st.builds(Forgive, tenant_id=st.just(T), bucket=few),
)  # fmt: skip


async def everything(storage):
    """All that can be read with the keys in use."""
    names = ("1", "2")
    seen = [await storage.tenants(), await storage.clients(T), await storage.people(T), await storage.keys(T)]
    seen += [await storage.events(T), await storage.grants(T)]
    for name, other in itertools.product(names, names):
        seen += [await storage.consent(T, name, other)]
    for name in names:
        seen += [await storage.tenant(name), await storage.client(T, name), await storage.person(T, name)]
        seen += [
            await storage.standing(T, name),
            await storage.grants(T, session_id=name),
            await storage.session(T, name),
            await storage.sessions(T, name),
        ]
        seen += [await storage.get(DeviceCode, T, name), await storage.backchannel_requests(T, name)]
        seen += [await storage.throttle(T, name), await storage.consents(T, name), storage.denied(T, name)]
    return seen


class Agreement(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="limen-agreement-")
        self.stores = [
            self.loop.run_until_complete(open_storage(url, clock=FixedClock(0)))
            for url in ("memory:", f"sqlite://{self.folder.name}/limen.db")
        ]

    def both(self, act):
        one, other = (self.loop.run_until_complete(act(store)) for store in self.stores)
        assert one == other

    @rule(change_set=st.lists(changes, min_size=1, max_size=4))
    def commit(self, change_set):
        self.both(lambda store: store.commit(*change_set))

    @rule(change_sets=st.lists(st.lists(changes, min_size=1, max_size=3), min_size=2, max_size=3))
    def commit_in_one_turn(self, change_sets):
        async def act(store):
            return await asyncio.gather(*(store.commit(*change_set) for change_set in change_sets))

        self.both(act)

    @initialize(records=st.lists(records, max_size=12))
    def furnish(self, records):
        for record in records:
            self.both(lambda store: store.commit(Put(record)))  # noqa: B023 -- called at once

    @rule(name=few, now=later, until=moments)
    def rotate_as_it_stands(self, name, now, until):
        async def act(store):
            if (standing := await store.standing(T, name)) is None:
                return None
            members = {"generation": standing.grant.generation, "now": now, "refresh_expires_at": until}
            live = Live(tenant_id=T, grant_id=name)
            return await store.commit(live, Rotate(tenant_id=T, grant_id=name, **members))

        self.both(act)

    @rule(name=few, new=device_codes)
    def swap_as_it_stands(self, name, new):
        async def act(store):
            old = await store.get(DeviceCode, T, name)
            return old and await store.commit(Swap(old, new))

        self.both(act)

    @rule(name=few, username=st.sampled_from(["a", "A ", "b", "c"]))
    def rename_as_it_stands(self, name, username):
        async def act(store):
            if (person := await store.person(T, name)) is None:
                return None
            newer = structs.replace(person, username=username, revision=person.revision + 1)
            return await store.commit(Replace(newer))

        self.both(act)

    @rule(now=moments)
    def sweep(self, now):
        async def act(store):
            await store.sweep(now)

        self.both(act)

    @invariant()
    def they_show_the_same(self):
        self.both(everything)

    def teardown(self):
        for store in self.stores:
            self.loop.run_until_complete(store.close())
        self.loop.close()
        self.folder.cleanup()


TestAgreement = Agreement.TestCase
TestAgreement.settings = settings(
    max_examples=40, stateful_step_count=20, suppress_health_check=list(HealthCheck)
)
