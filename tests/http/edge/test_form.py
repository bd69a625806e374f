"""application/x-www-form-urlencoded, strictly."""

from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.errors import InvalidRequest
from limen.http.form import LIMIT, read_form

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=20)


def grouped(pairs):
    found = {}
    for name, value in pairs:
        found[name] = (*found.get(name, ()), value)
    return found


@given(PAIRS)
def test_what_was_encoded_is_read_back(pairs):
    data = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()

    assert read_form(data) == grouped(pairs)


@given(PAIRS)
def test_valid_forms_read_as_the_standard_library_reads_them(pairs):
    data = "&".join(f"{quote(name)}={quote(value, safe='=/?:')}" for name, value in pairs)

    assert read_form(data.encode()) == grouped(parse_qsl(data, keep_blank_values=True))


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(data):
    try:
        found = read_form(data)
    except InvalidRequest:
        return
    assert all(isinstance(values, tuple) and values for values in found.values())
    assert "\0" not in str(found)


@given(st.text(st.sampled_from("a=&%+;2FfcC ÿ0"), max_size=30))
def test_what_is_read_is_what_the_standard_library_reads(text):
    try:
        found = read_form(text.encode())
    except InvalidRequest:
        return
    assert found == grouped(parse_qsl(text, keep_blank_values=True))


def test_raw_spaces_and_characters_mean_themselves():
    assert read_form(b"scope=openid email&name=J\xc3\xbcrg") == {
        "scope": ("openid email",),
        "name": ("Jürg",),
    }


def test_repeats_are_kept_in_order():
    assert read_form(b"resource=a&x=1&resource=b") == {"resource": ("a", "b"), "x": ("1",)}


def test_a_semicolon_separates_nothing():
    assert read_form(b"a=1;b=2") == {"a": ("1;b=2",)}


@pytest.mark.parametrize(
    "data", [b"a=%", b"a=%2", b"a=%zz", b"%=a", b"a=%ff", b"a=\xff", b"a=%c3", b"a=%00", b"a=\0"]
)
def test_what_cannot_be_read_for_certain_is_refused(data):
    with pytest.raises(InvalidRequest):
        read_form(data)


def test_ds_02_more_than_a_hundred_parameters_are_refused():
    assert len(read_form(b"&".join(b"p%d=1" % i for i in range(LIMIT)))) == LIMIT
    with pytest.raises(InvalidRequest):
        read_form(b"&".join(b"p%d=1" % i for i in range(1001)))


def test_a_backslash_is_no_escape():
    assert read_form(b"a=\\x41%2B\\N{DASH}\\") == {"a": ("\\x41+\\N{DASH}\\",)}
    assert read_form(b"a=%5Cu0041%5C%5C%0A") == {"a": ("\\u0041\\\\\n",)}
