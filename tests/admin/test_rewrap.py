"""Closing every tenant's keys with a new master key, as an act of the operator."""

import dataclasses

import pytest

from limen.admin import keys, tenants
from limen.admin.operation import OPERATOR
from limen.admin.refusal import Conflict
from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey
from limen.ports.storage import Swap
from tests.admin.conftest import BASE, event_names

OLD, NEW = bytes(32), b"n" * 32


@pytest.fixture
def moving(ports):
    """The same store, opened with a new master key and the old one."""
    master = MasterKey(NEW, ports.entropy, older=(OLD,))
    return dataclasses.replace(
        ports, keys=Keyring(ports.storage, master, clock=ports.clock, entropy=ports.entropy)
    )


async def test_the_keys_of_all_tenants_are_closed_anew_and_each_tenant_is_told(ports, moving):
    done = await keys.rewrap(keys.RewrapKeys(), OPERATOR, moving)

    assert done == 16
    for name in ("", "acme"):
        assert (await event_names(ports, name)).count("key.rewrapped") == 1
    alone = Keyring(ports.storage, MasterKey(NEW, ports.entropy), clock=ports.clock, entropy=ports.entropy)
    for tenant in await ports.storage.tenants():
        await alone.load(tenant.tenant_id)


async def test_nothing_is_told_where_nothing_was_done(ports, moving):
    await keys.rewrap(keys.RewrapKeys(), OPERATOR, moving)
    before = await event_names(ports)

    assert await keys.rewrap(keys.RewrapKeys(), OPERATOR, moving) == 0
    assert await event_names(ports) == before


async def test_a_server_that_still_has_the_old_master_key_alone_is_noticed(ports, moving):
    class Behind:
        """The store, and a server that makes a tenant's keys while others are being closed anew."""

        def __getattr__(self, name):
            return getattr(ports.storage, name)

        async def commit(self, *changes):
            lost = await ports.storage.commit(*changes)
            if isinstance(changes[0], Swap) and await ports.storage.tenant("late") is None:
                late = tenants.CreateTenant(name="late", base_url=BASE)
                await tenants.create(late, OPERATOR, ports)
                await ports.keys.load((await ports.storage.tenant("late")).tenant_id)
            return lost

    master = MasterKey(NEW, ports.entropy, older=(OLD,))
    keyring = Keyring(Behind(), master, clock=ports.clock, entropy=ports.entropy)

    with pytest.raises(Conflict) as refused:
        await keys.rewrap(keys.RewrapKeys(), OPERATOR, dataclasses.replace(moving, keys=keyring))

    assert "restart every server" in refused.value.hint
