"""The gate judges a URL as text, and each address when it is known."""

import time

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


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://rp.test/#", "malformed"),
        ("https://rp.test/a#f", "malformed"),
        ("https://rp.test/ x", "malformed"),
        ("https://rp.test/é", "malformed"),
        ("https://rp.test\\@127.0.0.1/", "malformed"),
        ("https://rp.test/\r\nX: y", "malformed"),
        ("https://rp.test:99999/", "malformed"),
        ("https://rp.test/" + "x" * 2_033, "malformed"),
        ("", "malformed"),
        ("https://user:pass@rp.test/", "user information"),
        ("https://user@rp.test/", "user information"),
        ("https://:pass@rp.test/", "user information"),
        ("https://@rp.test/", "user information"),
        ("ftp://rp.test/", "not https"),
        ("ws://rp.test/", "not https"),
        ("wss://rp.test/", "not https"),
        ("http://rp.test/", "not https"),
        ("//rp.test/", "not https"),
        ("https://rp.test:0/", "not https"),
        ("https://93.184.216.34/", "an address"),
        ("https://[2606:2800::1]/", "an address"),
        ("https://127.1/", "an address"),
        ("https://rp..test/", "no name"),
        ("https:///x", "no name"),
    ],
)
def test_a_url_is_judged_by_its_text_before_anybody_is_asked(text, reason):
    with pytest.raises(Blocked, match=reason):
        CLOSED.target(text)


def test_a_url_of_2048_characters_is_long_enough():
    CLOSED.target("https://rp.test/" + "x" * 2_032)


@pytest.mark.parametrize("host", ["a" * 60 + "-" * 70 + "b.test", "a" * 64 + ".test", "a" * 120 + "-.test"])
def test_a_label_no_name_can_have_is_refused_at_once(host):
    begun = time.perf_counter()
    with pytest.raises(Blocked):
        CLOSED.target(f"https://{host}/jwks")

    assert time.perf_counter() - begun < 0.1


def test_an_international_name_is_called_and_excepted_in_its_ascii_form():
    gate = make_gate(("xn--bcher-kva.test",))

    assert CLOSED.target("https://xn--bcher-kva.test/jwks").raw_host == "xn--bcher-kva.test"
    gate.check(gate.target("https://XN--bcher-kva.test/jwks"), ["10.0.0.1"])
    with pytest.raises(Blocked):
        gate.check(gate.target("https://bcher.test/jwks"), ["10.0.0.1"])


def test_a_name_without_address_is_blocked():
    with pytest.raises(Blocked):
        CLOSED.check(CLOSED.target("https://rp.test/"), [])


def test_the_address_about_to_be_connected_is_judged_like_the_resolved_one():
    gate = make_gate(("rp.test",))

    gate.check(gate.target("https://rp.test/"), ["10.0.0.1"])
    with pytest.raises(Blocked):
        gate.check(gate.target("https://other.test/"), ["10.0.0.1"])


@pytest.mark.parametrize("allowed", ["rp.test:8080", "127.0.0.0/8"])
def test_plain_http_needs_an_exception_and_this_very_machine(allowed):
    gate = make_gate((allowed, "10.0.0.0/8"))
    url = gate.target("http://rp.test:8080/")

    gate.check(url, ["127.0.0.1"])
    for strange in ("10.0.0.1", "93.184.216.34", "nonsense"):
        with pytest.raises(Blocked, match="not https"):
            gate.check(url, [strange])


def test_plain_http_to_this_machine_is_not_for_names_nobody_listed():
    gate = make_gate(("rp.test:8080",))

    gate.check(gate.target("http://rp.test:8080/"), ["127.0.0.1"])
    with pytest.raises(Blocked, match="not https"):
        gate.check(gate.target("http://other.test:8080/"), ["127.0.0.1"])
