"""Passwords: Argon2id off the loop, a bounded queue, the same time for strangers, imports verified."""

import asyncio
import hashlib
import threading
import time
from base64 import b64encode

import bcrypt
import pytest
from argon2 import PasswordHasher

from limen.crypto.passwords import ArgonPasswords
from limen.errors import TemporarilyUnavailable
from limen.system import SystemEntropy


@pytest.fixture
def passwords():
    made = ArgonPasswords(SystemEntropy(), cores=1, queue=2)
    yield made
    made.close()


async def test_a_password_is_verified_against_its_hash(passwords):
    hashed = await passwords.hash("correct horse ü")

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify("correct horse ü", hashed)
    assert not await passwords.verify("correct horse u", hashed)
    assert hashed != await passwords.hash("correct horse ü")


async def test_the_whole_password_counts(passwords):
    hashed = await passwords.hash("x" * 1_000)

    assert not await passwords.verify("x" * 999, hashed)


async def test_a_stranger_takes_as_long_as_a_known_person(passwords):
    hashed = await passwords.hash("x")
    await passwords.verify("x", None)

    async def cost(hash_or_none):
        times = []
        for _ in range(5):
            started = time.process_time()
            assert not await passwords.verify("wrong", hash_or_none)
            times.append(time.process_time() - started)
        return min(times)

    known, unknown = await cost(hashed), await cost(None)
    assert 0.4 < known / unknown < 2.5


class Held:
    """Randomness that comes when it is let go: until then a hash is under way."""

    def __init__(self):
        self.asked, self.let_go = threading.Event(), threading.Event()

    def octets(self, count):
        self.asked.set()
        assert self.let_go.wait(30)
        return bytes(count)


@pytest.fixture
async def full():
    """Passwords with one hash under way and two waiting: (passwords, those who wait, what holds them)."""
    held = Held()
    passwords = ArgonPasswords(held, cores=1, queue=2)
    waiting = [asyncio.create_task(passwords.hash("x")) for _ in range(3)]
    await asyncio.to_thread(held.asked.wait, 30)
    yield passwords, waiting, held.let_go.set
    held.let_go.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    passwords.close()


async def test_a_full_queue_is_a_refusal_and_empties_again(full):
    passwords, waiting, let_go = full

    with pytest.raises(TemporarilyUnavailable):
        await passwords.hash("x")
    let_go()
    await asyncio.gather(*waiting)
    assert await passwords.hash("x")


async def test_one_who_leaves_does_not_free_a_place_too_early(full):
    passwords, waiting, _ = full
    waiting[0].cancel()
    await asyncio.sleep(0)

    with pytest.raises(TemporarilyUnavailable):
        await passwords.hash("x")


async def test_the_loop_goes_on_while_a_hash_is_made(passwords):
    task = asyncio.create_task(passwords.hash("x"))
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)

    assert turns > 10


def b64(value):
    return b64encode(value).rstrip(b"=").decode()


def imported():
    salt = b"0123456789abcdef"
    pbkdf2 = hashlib.pbkdf2_hmac("sha256", b"pa55", salt, 1_000)
    pbkdf2_512 = hashlib.pbkdf2_hmac("sha512", b"pa55", salt, 1_000)
    scrypt = hashlib.scrypt(b"pa55", salt=salt, n=1 << 10, r=8, p=1, dklen=32)
    return {
        "bcrypt": bcrypt.hashpw(b"pa55", bcrypt.gensalt(4)).decode(),
        "bcrypt 2y": bcrypt.hashpw(b"pa55", bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
        "pbkdf2": f"$pbkdf2-sha256$i=1000${b64(salt)}${b64(pbkdf2)}",
        "passlib": f"$pbkdf2-sha512$1000${b64(salt).replace('+', '.')}${b64(pbkdf2_512).replace('+', '.')}",
        "django": f"pbkdf2_sha256$1000${salt.decode()}${b64encode(pbkdf2).decode()}",
        "scrypt": f"$scrypt$ln=10,r=8,p=1${b64(salt)}${b64(scrypt)}",
    }


@pytest.mark.parametrize("kind", imported())
async def test_a_hash_of_another_system_is_verified(passwords, kind):
    hashed = imported()[kind]

    assert await passwords.verify("pa55", hashed)
    assert not await passwords.verify("pa56", hashed)


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "plain",
        "$2b$31$" + "a" * 53,
        "$2b$04$short",
        "$pbkdf2-sha256$i=99999999$c2FsdA$" + "A" * 43,
        "$pbkdf2-sha256$i=0$c2FsdA$" + "A" * 43,
        "$pbkdf2-sha256$i=1$c2FsdA$AAAA",
        "$pbkdf2-md5$i=1$c2FsdA$" + "A" * 43,
        "pbkdf2_sha256$1$salt$A",
        "$scrypt$ln=30,r=8,p=1$c2FsdA$" + "A" * 43,
        "$scrypt$ln=0,r=0,p=0$c2FsdA$" + "A" * 43,
        "$argon2id$v=19$m=1,t=1,p=1$AA$AA",
        "$argon2id$é",
        "$argon2id$v=19$m=4000000000,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$" + "A" * 43,
    ],
)
async def test_a_malformed_or_excessive_hash_matches_nothing(passwords, hashed):
    assert not await passwords.verify("pa55", hashed)


def _text(raw):
    return b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(("length", "matches"), [(16, True), (15, False)])
async def test_a_hash_that_is_too_short_is_not_even_the_right_passwords(passwords, length, matches):
    salt = b"saltsaltsaltsalt"
    pbkdf2 = hashlib.pbkdf2_hmac("sha256", b"pa55", salt, 1, length)
    scrypt = hashlib.scrypt(b"pa55", salt=salt, n=2, r=1, p=1, dklen=length)

    for hashed in (
        f"$pbkdf2-sha256$i=1${_text(salt)}${_text(pbkdf2)}",
        f"$scrypt$ln=1,r=1,p=1${_text(salt)}${_text(scrypt)}",
    ):
        assert await passwords.verify("pa55", hashed) is matches


@pytest.mark.parametrize(("passes", "matches"), [(20, True), (21, False)])
async def test_an_imported_argon2_hash_may_not_ask_for_any_number_of_passes(passwords, passes, matches):
    hashed = PasswordHasher(time_cost=passes, memory_cost=8, parallelism=1).hash("pa55")

    assert await passwords.verify("pa55", hashed) is matches


async def test_an_imported_pbkdf2_hash_may_not_ask_for_any_number_of_rounds(passwords):
    made = hashlib.pbkdf2_hmac("sha256", b"pa55", b"salt", 5_000_001)

    assert not await passwords.verify("pa55", f"$pbkdf2-sha256$i=5000001${_text(b'salt')}${_text(made)}")


async def test_bcrypt_cuts_at_72_bytes_as_its_makers_do(passwords):
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()

    assert await passwords.verify("x" * 100, hashed)


async def test_what_is_no_text_is_a_wrong_password_and_no_accident(passwords):
    assert not await passwords.verify("\ud800", await passwords.hash("x"))
    assert not await passwords.verify("\ud800", imported()["pbkdf2"])
