"""A store in memory with its keys, a clock that stands still, and two tenants to act in."""

import os

import pytest_asyncio

from limen.admin import tenants
from limen.admin.operation import OPERATOR
from limen.crypto.jose import StrictJose
from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey
from limen.crypto.material import generate
from limen.crypto.passwords import ArgonPasswords
from limen.ports import Ports
from limen.storage import open_storage
from limen.system import SystemEntropy

BASE = "https://id.example"
_made = {}


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, at=1_800_000_000):
        self.at = at

    def now(self):
        return self.at


class Nobody:
    """Nothing is told and nothing is fetched in these tests."""

    def emit(self, name, /, **facts):
        pass

    async def of(self, client, *, kid=None):
        return client.jwks or {"keys": []}


def _generate_once(kind):
    """RSA keys take long to make; which one it is does not matter here."""
    if kind not in _made:
        _made[kind] = generate(kind)
    return _made[kind]


@pytest_asyncio.fixture
async def ports():
    """The ports, with a root tenant and the tenant `acme`."""
    clock, entropy = FixedClock(), SystemEntropy()
    storage = await open_storage("memory:", clock=clock)
    keys = Keyring(
        storage, MasterKey(bytes(32), entropy), clock=clock, entropy=entropy, generate=_generate_once
    )
    passwords = ArgonPasswords(entropy, cores=os.cpu_count() or 1)
    made = Ports(
        storage=storage,
        keys=keys,
        jose=StrictJose(),
        client_keys=Nobody(),
        passwords=passwords,
        fetcher=Nobody(),
        events=Nobody(),
        clock=clock,
        entropy=entropy,
    )
    for name in ("", "acme"):
        await tenants.create(tenants.CreateTenant(name=name, base_url=BASE), OPERATOR, made)
    yield made
    passwords.close()
    await storage.close()


async def event_names(ports, tenant="acme"):
    """The names of all events of a tenant, oldest first."""
    found = await ports.storage.tenant(tenant)
    return [event.name for event in await ports.storage.events(found.tenant_id)]
