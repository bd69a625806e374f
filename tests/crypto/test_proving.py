"""A server starts only with the master key its store was made with (KM-05)."""

import pytest

from limen.crypto.master import MasterKey, WrongMasterKey
from limen.crypto.proving import prove, retire_older
from limen.model.key import Key
from limen.model.tenant import Tenant
from limen.ports.storage import Add, Remove


@pytest.fixture
def wrong(entropy):
    return MasterKey(b"w" * 32, entropy)


@pytest.fixture
def new(entropy):
    return MasterKey(b"n" * 32, entropy)


@pytest.fixture
def both(entropy):
    return MasterKey(b"n" * 32, entropy, older=(b"m" * 32,))


async def test_an_empty_store_takes_the_first_key_and_then_no_other(store, master, wrong):
    await prove(store, master, now=1)
    await prove(store, master, now=2)

    with pytest.raises(WrongMasterKey):
        await prove(store, wrong, now=3)


async def test_a_store_that_lost_its_canary_is_proved_by_its_keys(store, keyring, master, wrong):
    await store.commit(Add(Tenant(tenant_id="t1", name="", issuer="https://op.test")))
    await keyring.load("t1")

    with pytest.raises(WrongMasterKey):
        await prove(store, wrong, now=1)
    assert await store.keys("") == ()
    await prove(store, master, now=1)


async def test_while_two_master_keys_are_in_use_no_server_starts_with_one(store, master, both, new):
    await prove(store, master, now=1)
    await prove(store, both, now=2)

    for alone in (master, new):
        with pytest.raises(WrongMasterKey):
            await prove(store, alone, now=3)
    await prove(store, both, now=4)


async def test_the_older_master_key_is_let_go_when_it_closes_nothing(
    store, another_worker, master, both, new
):
    await store.commit(Add(Tenant(tenant_id="t1", name="", issuer="https://op.test")))
    await prove(store, master, now=1)
    await another_worker().load("t1")
    await prove(store, both, now=2)

    assert not await retire_older(store, both)
    with pytest.raises(WrongMasterKey):
        await prove(store, new, now=3)
    await another_worker(b"n" * 32, older=(b"m" * 32,)).rewrap("t1")
    assert await retire_older(store, both)
    assert await retire_older(store, both)
    assert len(await store.keys("")) == 1

    await prove(store, new, now=4)
    with pytest.raises(WrongMasterKey):
        await prove(store, master, now=5)


async def test_a_master_key_may_come_back(store, master, both, new, entropy):
    await prove(store, master, now=1)
    await prove(store, both, now=2)
    await retire_older(store, both)

    back = MasterKey(b"m" * 32, entropy, older=(b"n" * 32,))
    await prove(store, back, now=3)
    await retire_older(store, back)

    await prove(store, master, now=4)
    with pytest.raises(WrongMasterKey):
        await prove(store, new, now=5)


async def test_of_two_servers_with_different_keys_only_one_starts(master, wrong):
    from limen.storage.memory import MemoryStorage

    class Slow(MemoryStorage):
        """Answers the first look at the canary as if it were not there yet."""

        looks = 0

        async def keys(self, tenant_id):
            self.looks += 1
            return () if self.looks == 2 else await super().keys(tenant_id)

    store = Slow()
    await prove(store, master, now=1)

    with pytest.raises(WrongMasterKey):
        await prove(store, wrong, now=1)


async def test_removing_the_canary_of_a_store_without_keys_begins_anew(store, master, wrong):
    await prove(store, master, now=1)
    (canary,) = await store.keys("")
    assert isinstance(canary, Key)

    await store.commit(Remove(canary))
    await prove(store, wrong, now=2)
