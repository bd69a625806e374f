"""Cookies: logical names inside, tenant and prefix outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.http.cookies import read_cookies, set_cookies, tenant8, wire_name
from limen.protocol.answer import Cookie

NAMES = ["session", "device", "binding", "csrf", "browser_state", "interaction:0a1b2c3d", "console"]


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_cookie_comes_back_under_its_logical_name(name, secure):
    sent = wire_name(name, "t", secure=secure)

    assert read_cookies(f"other=1; {sent}=value", "t", secure=secure) == {name: "value"}


def test_names_carry_prefix_and_tenant():
    assert wire_name("session", "t", secure=True) == f"__Host-lm_s_{tenant8('t')}"
    assert wire_name("interaction:12345678", "t", secure=True) == "__Host-lm_i_12345678"
    assert wire_name("session", "t", secure=False) == f"lm_s_{tenant8('t')}"


def test_tn_03_another_tenants_cookie_is_not_seen():
    assert read_cookies(f"{wire_name('session', 'a', secure=True)}=x", "b", secure=True) == {}


def test_over_https_a_cookie_without_prefix_is_not_ours():
    assert read_cookies(f"lm_s_{tenant8('t')}=planted", "t", secure=True) == {}


def test_a_cookie_that_came_twice_is_dropped():
    name = wire_name("session", "t", secure=True)

    assert read_cookies(f"{name}=a; {name}=b", "t", secure=True) == {}


@pytest.mark.parametrize("value", ['"quoted"', "a b", "a,b", "a\\b", "é"])
def test_a_value_that_we_cannot_have_sent_is_dropped(value):
    name = wire_name("session", "t", secure=True)

    assert read_cookies(f"{name}={value}", "t", secure=True) == {}


@pytest.mark.parametrize(
    "name", ["lm_i_", "lm_i_a!b", "lm_i_é", f"lm__{tenant8('t')}", f"Lm_s_{tenant8('t')}"]
)
def test_a_name_that_we_cannot_have_given_is_not_ours(name):
    assert read_cookies(f"__Host-{name}=x", "t", secure=True) == {}


@pytest.mark.parametrize("name", ["a b", "interaction:x;y", "interaction:é", "a=b"])
def test_a_name_that_would_break_the_field_is_a_fault(name):
    with pytest.raises(ValueError):
        wire_name(name, "t", secure=True)


def line(cookie, *, secure=True):
    return set_cookies((cookie,), "t", secure=secure)[0][1].decode()


def test_attributes_over_https():
    assert line(Cookie(name="session", value="v")).endswith("=v; Path=/; Secure; HttpOnly; SameSite=Lax")
    assert "; Max-Age=60;" in line(Cookie(name="session", value="v", lifetime=60))
    assert "=; Path=/; Max-Age=0;" in line(Cookie(name="session", value=""))


def test_a_readable_cookie_travels_across_sites():
    assert line(Cookie(name="browser_state", value="v", readable=True)).endswith(
        "Path=/; Secure; SameSite=None"
    )


def test_attributes_without_tls():
    assert line(Cookie(name="session", value="v"), secure=False).endswith(
        "=v; Path=/; HttpOnly; SameSite=Lax"
    )


def test_a_readable_cookie_without_tls_stays_on_its_own_site():
    assert line(Cookie(name="browser_state", value="v", readable=True), secure=False).endswith(
        "=v; Path=/; SameSite=Lax"
    )


@pytest.mark.parametrize("value", ["a;b", "a b", 'a"b', "a\r\nSet-Cookie: x=y", "é"])
def test_a_value_that_would_break_the_field_is_a_fault(value):
    with pytest.raises(ValueError):
        line(Cookie(name="session", value=value))


@given(st.text(max_size=200))
def test_any_header_is_read_without_failing(text):
    assert isinstance(read_cookies(text, "t", secure=True), dict)


@given(st.from_regex(r"[!#-+\--:<-\[\]-~]*", fullmatch=True))
def test_any_sendable_value_survives(value):
    sent = line(Cookie(name="session", value=value or "x")).partition(";")[0]

    assert read_cookies(sent, "t", secure=True) == {"session": value or "x"}
