"""The gate judges a URL as text, and each address when it is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.outbound.gate import Blocked, make_gate

CLOSED = make_gate(())


def test_an_ordinary_url_passes_unchanged():
    url = CLOSED.target("https://RP.example/a%2Fb?c=%7E")

    assert (url.host, url.port, url.raw_path_qs) == ("rp.example", 443, "/a%2Fb?c=%7E")


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://rp.test/", "http://127.0.0.1"]))
def test_any_text_is_a_url_or_blocked(text, start):
    try:
        url = CLOSED.target(start + text)
    except Blocked:
        return
    assert url.scheme == "https"
    assert url.host


def test_a_name_without_address_is_blocked():
    with pytest.raises(Blocked):
        CLOSED.check(CLOSED.target("https://rp.test/"), [])


def test_the_address_about_to_be_connected_is_judged_like_the_resolved_one():
    gate = make_gate(("rp.test",))

    gate.check(gate.target("https://rp.test/"), ["10.0.0.1"])
    with pytest.raises(Blocked):
        gate.check(gate.target("https://other.test/"), ["10.0.0.1"])
