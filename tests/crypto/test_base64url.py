"""base64url has one text for each value, and no other text is a value (RFC 4648 §5, RFC 7515 §2)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.crypto import base64url


@given(st.binary(max_size=100))
def test_what_is_encoded_decodes_and_agrees_with_the_standard_library(value):
    text = base64url.encode(value)

    assert text == base64.urlsafe_b64encode(value).rstrip(b"=").decode()
    assert base64url.decode(text) == value


@given(st.text(alphabet="AQgw_-+/=. é\nZz09", max_size=12))
def test_every_text_that_decodes_is_canonical(text):
    value = base64url.decode(text)

    assert value is None or base64url.encode(value) == text


@pytest.mark.parametrize(
    "text", ["A", "AB", "AAB", "AA==", "AA=", "A A", "AA\n", "A+AA", "A/AA", "éA", "AAAAA"]
)
def test_other_spellings_are_refused(text):
    assert base64url.decode(text) is None


def test_nothing_is_the_empty_text():
    assert base64url.decode("") == b""
    assert base64url.encode(b"") == ""
