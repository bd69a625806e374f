"""Time and randomness of the machine (KM-10)."""

import os
import re
import time

from limen.system import SystemClock, SystemEntropy

ENTROPY = SystemEntropy()


def test_now_is_now():
    assert abs(SystemClock().now() - time.time()) < 2


def test_a_handle_is_256_bits_of_base64url():
    handles = {ENTROPY.handle() for _ in range(1_000)}

    assert len(handles) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", handle) for handle in handles)


def test_identifiers_are_unique_and_ordered_by_time():
    first = ENTROPY.identifier()
    time.sleep(0.002)
    second = ENTROPY.identifier()

    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first < second
    assert len({ENTROPY.identifier() for _ in range(10_000)}) == 10_000


def test_octets_are_as_many_as_asked_for():
    assert [len(ENTROPY.octets(n)) for n in (0, 1, 32)] == [0, 1, 32]


def test_km_10_a_forked_worker_does_not_repeat_its_parent():
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, "".join(ENTROPY.handle() for _ in range(100)).encode())
        os._exit(0)
    mine = {ENTROPY.handle() for _ in range(100)}
    os.waitpid(pid, 0)
    text = os.read(reading, 4_300).decode()
    os.close(reading)
    os.close(writing)

    assert mine.isdisjoint(text[n : n + 43] for n in range(0, 4_300, 43))
