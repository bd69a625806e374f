"""The master key opens its own envelopes where they belong, and nothing else (KM-03, KM-05)."""

import base64

import pytest

from limen.crypto.master import MasterKey, Place, WrongMasterKey, new_master_key, read_master_key

PLACE = Place("t1", "key", "k1")


def test_an_envelope_opens_only_in_its_place(master):
    envelope = master.wrap(b"secret", PLACE)

    assert master.unwrap(envelope, PLACE) == b"secret"
    for other in (
        Place("t2", "key", "k1"),
        Place("t1", "secret", "k1"),
        Place("t1", "key", "k2"),
        Place("t1", "key", "k1", 2),
        Place("t1k", "ey", "k1"),
    ):
        with pytest.raises(WrongMasterKey):
            master.unwrap(envelope, other)


@pytest.mark.parametrize("envelope", ["", "x", "AQ", "é", "A" * 60])
def test_what_is_no_envelope_is_refused(master, envelope):
    with pytest.raises(WrongMasterKey):
        master.unwrap(envelope, PLACE)


def test_a_changed_envelope_is_refused(master):
    envelope = master.wrap(b"secret", PLACE)

    for place in range(len(envelope)):
        changed = envelope[:place] + ("A" if envelope[place] != "A" else "B") + envelope[place + 1 :]
        with pytest.raises(WrongMasterKey):
            master.unwrap(changed, PLACE)


def test_the_message_names_the_place_and_no_secret(master):
    with pytest.raises(WrongMasterKey) as refused:
        master.unwrap(master.wrap(b"secret", PLACE), Place("t2", "key", "k1"))

    assert "'t2'" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_an_older_key_opens_and_the_current_one_takes_over(master, entropy):
    envelope = master.wrap(b"secret", PLACE)
    both = MasterKey(b"n" * 32, entropy, older=(b"m" * 32,))

    assert both.unwrap(envelope, PLACE) == b"secret"
    assert not both.is_current(envelope)
    again = both.rewrap(envelope, PLACE)
    assert both.is_current(again)
    assert MasterKey(b"n" * 32, entropy).unwrap(again, PLACE) == b"secret"


def test_a_master_key_is_known_by_a_name_that_tells_nothing_of_it(master, entropy):
    assert MasterKey(b"m" * 32, entropy).name == master.name
    assert MasterKey(b"n" * 32, entropy, older=(b"m" * 32,)).name != master.name
    assert len(bytes.fromhex(master.name)) == 4


def test_a_master_key_is_32_bytes_of_base64(entropy):
    key = bytes(range(32))

    assert read_master_key(base64.b64encode(key).decode() + "\n") == key
    assert read_master_key(base64.urlsafe_b64encode(key).decode().rstrip("=")) == key
    assert len(read_master_key(new_master_key(entropy))) == 32
    for bad in ("", "abc", "é", base64.b64encode(b"x" * 31).decode(), "!" * 44):
        with pytest.raises(WrongMasterKey):
            read_master_key(bad)
    with pytest.raises(WrongMasterKey):
        MasterKey(b"short", entropy)
