"""User codes (RFC 8628 §6.1)."""

import pytest

from limen.protocol.device import ALPHABET, LENGTH, shown, typed, user_code


def test_codes_are_eight_consonants_that_nobody_confuses():
    code = user_code(bytes(range(8)))

    assert (code, len(code)) == (ALPHABET[:8], LENGTH)
    assert len(ALPHABET) ** LENGTH >= 20**8
    assert set(ALPHABET).isdisjoint("AEIOUY0123456789")


def test_every_letter_is_equally_likely():
    assert user_code(bytes([240, 255] * 20)) is None
    spelt = [user_code(bytes([octet] * 8)) for octet in range(240)]
    assert {spelt.count(letter * 8) for letter in ALPHABET} == {12}


@pytest.mark.parametrize(
    "text", ["BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "b.c.d.f.g.h.j.k", "BCDF\u2013GHJK"]
)
def test_capitals_dashes_and_spaces_do_not_matter(text):
    assert typed(text) == "BCDFGHJK"


def test_codes_are_shown_in_two_halves():
    assert shown("BCDFGHJK") == "BCDF-GHJK"
