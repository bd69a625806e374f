"""Redirect URIs: what may be registered and what matches (RFC 6749 §3.1.2, RFC 8252 §7, attack rows RU-*)."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.errors import InvalidRedirectUri, InvalidRequest
from limen.protocol.redirect_uri import check_registered, choose, matches

CB = "https://rp.example/cb"


def register(uri, application_type="web", *, require_https=True):
    check_registered(uri, application_type=application_type, require_https=require_https)


@pytest.mark.parametrize(
    "uri",
    [
        CB,
        "https://rp.example",
        "https://rp.example:8443/cb?kind=a%2Fb&x=..",
        "https://192.0.2.7/cb",
        "https://[2001:db8::1]:8443/cb",
        "http://127.0.0.1:5000/cb",
        "http://[::1]/cb",
        "http://localhost:3000",
    ],
)
def test_a_web_application_may_register_an_ordinary_address(uri):
    register(uri)


@pytest.mark.parametrize(
    "uri",
    [
        f"{blank}{scheme}:{rest}"
        for scheme in (
            "javascript",
            "JaVaScript",
            "data",
            "vbscript",
            "FILE",
            "blob",
            "about",
            "mailto",
            "ws",
        )
        for rest in ("alert(1)", "//rp.example/cb")
        for blank in ("", " ", "\t")
    ],
)
@pytest.mark.parametrize("application_type", ["web", "native"])
def test_ru_08_a_dangerous_scheme_is_refused(uri, application_type):
    with pytest.raises(InvalidRedirectUri):
        register(uri, application_type, require_https=False)


@pytest.mark.parametrize("uri", [f"{CB}#f", f"{CB}#", "com.example.app:/cb#f"])
def test_ru_09_a_fragment_is_refused(uri):
    with pytest.raises(InvalidRedirectUri):
        register(uri, "native")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/cb",
        "//rp.example/cb",
        "https:",
        "https:/rp.example/cb",
        "https:rp.example/cb",
        "https:///cb",
        "https://user@rp.example/cb",
        "https://user:pw@rp.example/cb",
        "https://rp.example\\@evil.test/cb",
        "https://rp.example%2f@evil.test/cb",
        "https://rp.example:0/cb",
        "https://rp.example:65536/cb",
        "https://rp.example:/cb",
        "https://127.1/cb",
        "https://2130706433/cb",
        "https://0x7f.0.0.1/cb",
        "https://1.2.3.256/cb",
        "https://rp..example/cb",
        "https://.rp.example/cb",
        "https://-rp.example/cb",
        "https://[::1%25eth0]/cb",
        "https://[:::]/cb",
        "https://RP.example/cb",
        "https://rp.example/a/../cb",
        "https://rp.example/a/%2e%2E/cb",
        "https://rp.example/a/..;/cb",
        "https://rp.example/./cb",
        "https://rp.example/a%2fb",
        "https://rp.example/a%5cb",
        "https://rp.example/%00",
        "https://rp.example/%zz",
        "https://rp.example/c b",
        "https://rp.example/cb\n",
        "https://rp.example/cb\x00",
        "https://r\u0440.example/cb",
        "https://rp.example/\ud800",
        "https://rp.example/*<>",
        "https://*.rp.example/cb",
        "https://rp.example/" + "a" * 2048,
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(uri):
    with pytest.raises(InvalidRedirectUri):
        register(uri, require_https=False)


def test_plain_http_is_refused_unless_the_tenant_allows_it():
    with pytest.raises(InvalidRedirectUri):
        register("http://rp.example/cb")

    register("http://rp.example/cb", require_https=False)


def test_rfc8252_7_1_private_schemes_are_for_native_applications_and_carry_a_dot():
    register("com.example.app:/cb", "native")
    register("com.example.app://callback?x=1", "native")
    register("vscode://publisher.extension/cb", "native")

    for uri, kind in [
        ("com.example.app:/cb", "web"),
        ("myapp:/cb", "native"),
        ("com.example.app://u@h/cb", "native"),
        ("com.example.app://[h/cb", "native"),
        ("com.example.app://h:99999/cb", "native"),
        ("com.example.app://h:port/cb", "native"),
    ]:
        with pytest.raises(InvalidRedirectUri):
            register(uri, kind)


@pytest.mark.parametrize(
    "asked", [f"{CB}/", "https://rp.example/CB", f"{CB}?x=1", f"{CB}#f", f"{CB} ", "http://rp.example/cb"]
)
def test_ru_01_only_the_exact_string_matches(asked):
    with pytest.raises(InvalidRequest) as refused:
        choose(asked, (CB,), native=False)
    assert refused.value.page_code == "redirect_uri"  # people read of a return address, not of a parameter


@pytest.mark.parametrize(
    "asked",
    [
        "https://rp.example.evil.test/cb",
        "https://rp.example:444/cb",
        "https://rp.example/cb/../evil",
        "https://rp.example/cb/%2e%2e/evil",
        "https://rp.example/cb/..;/evil",
    ],
)
def test_ru_02_and_06_neighbours_of_a_registered_address_do_not_match(asked):
    with pytest.raises(InvalidRequest):
        choose(asked, (CB,), native=True)


def test_ru_12_only_the_port_of_a_native_loopback_address_is_free():
    registered = "http://127.0.0.1/cb"

    assert choose("http://127.0.0.1:49152/cb", (registered,), native=True) == "http://127.0.0.1:49152/cb"
    assert matches("http://[::1]:7/cb", "http://[::1]:5000/cb", native=True)
    assert matches("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", native=True)

    for asked in (
        "http://127.0.0.1:49152/other",
        "http://localhost:49152/cb",
        "http://127.0.0.1.evil.test/cb",
        "http://127.0.0.1:1@evil.test/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:0/cb",
        "http://[::1]:49152/cb",
        "https://127.0.0.1:49152/cb",
    ):
        assert not matches(asked, registered, native=True)
    assert not matches("http://127.0.0.1:49152/cb", registered, native=False)
    assert not matches("http://localhost:49152/cb", "http://localhost/cb", native=True)


def test_ru_14_nothing_is_assumed_between_two_addresses_nor_learned_from_none():
    assert choose(None, (CB,), native=False) == CB

    for asked, registered in [(None, (CB, f"{CB}2")), (None, ()), (CB, ())]:
        with pytest.raises(InvalidRequest):
            choose(asked, registered, native=False)


uris = st.from_regex(
    r"(https?|com\.x)://?(127\.0\.0\.1|\[::1\]|localhost|a\.b)(:[0-9]{1,5})?(/[a-b./;%@\\]{0,4})?(\?[a-b]{0,2})?",
    fullmatch=True,
)


@given(uris, uris)
def test_without_a_native_loopback_address_matching_is_string_equality(asked, registered):
    assert matches(asked, registered) == (asked == registered)


@given(uris, uris)
def test_what_matches_differs_at_most_in_the_port_of_a_loopback_literal(asked, registered):
    if matches(asked, registered, native=True) and asked != registered:
        one, other = urlsplit(asked), urlsplit(registered)
        assert (one.scheme, one.hostname, one.path, one.query) == (
            other.scheme,
            other.hostname,
            other.path,
            other.query,
        )
        assert one.scheme == "http"
        assert one.hostname in {"127.0.0.1", "::1"}


@given(st.one_of(uris, st.text(max_size=40)), st.sampled_from(["web", "native"]), st.booleans())
def test_any_text_is_registered_or_refused_and_another_parser_sees_the_same_host(
    uri, application_type, require_https
):
    try:
        register(uri, application_type, require_https=require_https)
    except InvalidRedirectUri:
        return
    parts = urlsplit(uri)
    assert not parts.fragment
    assert parts.username is None
    if parts.scheme in {"http", "https"}:
        assert parts.netloc.split(":")[0].strip("[]") == (parts.hostname or "").split(":")[0]
