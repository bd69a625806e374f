"""A store of keys, a clock that stands still and a place to make RSA keys only once."""

import pytest

from limen.crypto.keyring import Keyring
from limen.crypto.master import MasterKey
from limen.crypto.material import generate
from limen.storage.memory import MemoryStorage
from limen.system import SystemEntropy


class Clock:
    def __init__(self):
        self.time = 1_800_000_000

    def now(self):
        return self.time


@pytest.fixture
def store():
    return MemoryStorage()


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
