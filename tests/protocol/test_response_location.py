"""Where an authorization response is sent to (OAuth Multiple Response Types §2)."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from limen.protocol.response_mode import location

VALUES = st.dictionaries(
    st.sampled_from(["code", "state", "iss", "error_description"]), st.text(min_size=1), min_size=1
)


@given(VALUES)
def test_what_a_query_carries_is_read_as_it_was(params):
    url = location("https://app.example/cb?own=1", "query", params)
    assert dict(parse_qsl(urlsplit(url).query, strict_parsing=True)) == {"own": "1", **params}


@given(VALUES)
def test_a_fragment_is_written_as_a_form_is(params):
    assert (
        location("https://app.example/cb", "fragment", params)
        == f"https://app.example/cb#{urlencode(params)}"
    )
