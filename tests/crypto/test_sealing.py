"""A sealed value opens only as it was sealed: whole, for its purpose, in its tenant (RFC 8452; ADR 0020)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.crypto import base64url
from limen.crypto.sealing import Sealer, SealingKey, prefix
from limen.system import SystemEntropy


def sealer(tenant="t1", key=b"k" * 32, index=1):
    sealing = SealingKey(index, key)
    return Sealer(tenant, sealing, {index: sealing}, SystemEntropy())


OURS = sealer()


@given(st.binary(max_size=300), st.sampled_from(["at", "rt", "ac", "cs"]))
def test_what_is_sealed_opens(content, purpose):
    sealed = OURS.seal(purpose, content, None)

    assert re.fullmatch(rf"lm_{purpose}_[A-Za-z0-9_-]+", sealed)
    assert OURS.open(purpose, sealed) == content


def test_what_is_longer_than_anything_of_ours_is_not_looked_at():
    assert OURS.open("at", OURS.seal("at", b"x" * 49_000, None)) == b"x" * 49_000
    assert OURS.open("at", OURS.seal("at", b"x" * 50_000, None)) is None


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_flipped_bit_is_refused(content, data):
    sealed = OURS.seal("at", content, None)
    raw = bytearray(base64url.decode(sealed[6:]))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8

    assert OURS.open("at", "lm_at_" + base64url.encode(bytes(raw))) is None


@given(st.binary(max_size=60), st.data())
def test_any_changed_character_is_refused(content, data):
    sealed = OURS.seal("at", content, None)
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters(max_codepoint=0x200).filter(lambda c: c != sealed[place]))

    assert OURS.open("at", sealed[:place] + other + sealed[place + 1 :]) is None


@given(st.text(max_size=120))
def test_no_other_text_opens(text):
    assert OURS.open("at", text) is None
    assert OURS.open("at", "lm_at_" + text) is None


def test_a_value_of_another_purpose_tenant_or_key_is_refused():
    sealed = OURS.seal("at", b"content", None)

    assert OURS.open("rt", sealed) is None
    assert OURS.open("rt", sealed.replace("lm_at_", "lm_rt_")) is None
    assert sealer("t2").open("at", sealed) is None
    assert sealer(key=b"x" * 32).open("at", sealed) is None
    assert sealer(index=2).open("at", sealed) is None


def test_purpose_and_tenant_cannot_be_shifted_into_each_other():
    assert sealer("1t").open("a", sealer("t").seal("a1", b"x", None).replace("lm_a1_", "lm_a_")) is None


def test_a_cut_or_oversized_value_is_refused():
    sealed = OURS.seal("at", b"content", None)

    assert all(OURS.open("at", sealed[:end]) is None for end in range(len(sealed)))
    assert OURS.open("at", sealed + "A" * 70_000) is None


def test_the_same_content_looks_different_each_time_unless_it_is_asked_to_be_the_same():
    assert OURS.seal("rt", b"x", None) != OURS.seal("rt", b"x", None)
    assert OURS.seal("rt", b"x", b"1") == OURS.seal("rt", b"x", b"1")
    assert (
        len({OURS.seal("rt", c, a)[6:] for c, a in ((b"x", b"1"), (b"x", b"2"), (b"y", b"1"), (b"x1", b""))})
        == 4
    )
    assert OURS.seal("rt", b"x", b"1")[6:] != OURS.seal("at", b"x", b"1")[6:]
    assert OURS.open("rt", OURS.seal("rt", b"x", b"1")) == b"x"


@pytest.mark.parametrize("purpose", ["", "At", "a_t", "a-t", "ä"])
def test_a_purpose_is_a_few_plain_letters(purpose):
    with pytest.raises(LookupError):
        prefix(purpose)
