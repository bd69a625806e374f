"""Parameters in a query or fragment."""

from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from limen.protocol.response_mode import location

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PARAMS = st.dictionaries(st.sampled_from(["code", "state", "iss", "error_description"]), TEXT)


@given(PARAMS)
def test_what_a_client_reads_is_what_it_was_told(params):
    query = location("https://app.test/cb", "query", params).partition("?")[2]

    assert dict(parse_qsl(query, keep_blank_values=True)) == params
    assert query == urlencode(params)


def test_a_redirect_uri_keeps_its_own_query():
    assert location("https://a.test/?x=1", "query", {"code": "a b&c"}) == "https://a.test/?x=1&code=a+b%26c"
    assert location("https://a.test/?x=1", "fragment", {"code": "c"}) == "https://a.test/?x=1#code=c"
