"""JSON is read once and strictly (RFC 8725 §3.10)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.protocol.strict_json import read_json, read_object

TEXT = st.text(st.characters(exclude_characters="\0"))
JSON = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
)


@given(JSON)
def test_ordinary_json_is_read(value):
    text = json.dumps(value, ensure_ascii=False)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return

    assert read_json(data) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_answered(data):
    read_json(data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'[{"a":{"b":1,"b":2}}]',
        b"NaN",
        b"9223372036854775808",
        b'["\\u0000"]',
        b'{"a\\u0000":1}',
        b"[-Infinity]",
        b"1e999",
        b"-1e999",
        b'"\\ud800"',
        b'{"\\udfff":1}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b"",
        b"{} x",
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b"9" * 5_000,
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data):
    assert read_json(data) is None


def test_an_object_is_an_object():
    assert read_object(b'{"a": [1, 2.5, null, true, "\xc3\xbc"]}') == {"a": [1, 2.5, None, True, "ü"]}
    assert read_object(b"[]") is None
    assert read_json(b"[" * 32 + b"]" * 32) is not None
