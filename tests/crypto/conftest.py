"""A store of keys, a clock that stands still and a place to make RSA keys only once."""

import pytest

from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey
from limen.crypto.material import generate
from limen.ports.storage import Add
from limen.system import SystemEntropy


class Keys:
    """As much of a store as keys need."""

    def __init__(self):
        self.rows = {}
        self.tenant_ids = []

    async def keys(self, tenant_id):
        return tuple(key for key in self.rows.values() if key.tenant_id == tenant_id)

    async def tenants(self):
        from limen.model.tenant import Tenant

        return tuple(Tenant(tenant_id=t, name=t, issuer=f"https://{t}.test") for t in self.tenant_ids)

    async def commit(self, *changes):
        for change in changes:
            if isinstance(change, Add) and (change.record.tenant_id, change.record.kid) in self.rows:
                return change
        for change in changes:
            self.rows[change.record.tenant_id, change.record.kid] = change.record
        return None


class Clock:
    def __init__(self):
        self.time = 1_800_000_000

    def now(self):
        return self.time


@pytest.fixture
def store():
    return Keys()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def entropy():
    return SystemEntropy()


@pytest.fixture
def master(entropy):
    return MasterKey(b"m" * 32, entropy)


_made = {}


def generate_once(alg):
    """Make one RSA key per algorithm in a session."""
    if alg[:2] not in {"RS", "PS"}:
        return generate(alg)
    if alg not in _made:
        _made[alg] = generate(alg)
    return _made[alg]


@pytest.fixture
def keyring(store, master, clock, entropy):
    return Keyring(store, master, clock=clock, entropy=entropy, generate=generate_once)


@pytest.fixture
def another_worker(store, entropy, clock):
    """Return a function that starts one more worker over the same store."""

    def start(key=b"m" * 32, older=()):
        master = MasterKey(key, entropy, older=older)
        return Keyring(store, master, clock=clock, entropy=entropy, generate=generate_once)

    return start
