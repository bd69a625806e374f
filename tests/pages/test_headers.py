"""What browsers are told of a page."""

import pytest

from limen.pages.headers import origins
from limen.pages.views import Views
from limen.protocol.answer import Page
from tests.pages import samples

VIEWS = Views()


def policy(page):
    directives = VIEWS.headers(page)["Content-Security-Policy"].split("; ")
    return {name: rest for name, _, rest in (directive.partition(" ") for directive in directives)}


@pytest.mark.parametrize("name", samples.PAGES)
def test_a_page_loads_only_from_here_and_is_never_framed(name):
    told = policy(samples.PAGES[name])

    assert told["default-src"] == "'none'"
    assert told["script-src"] == told["style-src"] == told["img-src"] == "'self'"
    assert told["frame-ancestors"] == "'none'"
    assert VIEWS.headers(samples.PAGES[name])["X-Frame-Options"] == "DENY"
    assert "unsafe" not in str(told)


@pytest.mark.parametrize("name", samples.PAGES)
def test_a_page_may_end_in_a_redirect_and_in_a_popup(name):
    assert "form-action" not in policy(samples.PAGES[name])
    assert VIEWS.headers(samples.PAGES[name])["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_our_own_forms_say_where_they_come_from_and_form_post_does_not():
    assert VIEWS.headers(samples.PAGES["sign_in"])["Referrer-Policy"] == "same-origin"
    assert VIEWS.headers(samples.PAGES["form_post"])["Referrer-Policy"] == "no-referrer"


def test_the_apps_logo_may_load_from_its_origin():
    client = {"client_name": "Payroll", "logo_uri": "https://cdn.example:8443/logo.png?x;y"}

    assert (
        policy(Page(name="sign_in", facts={"client": client}))["img-src"] == "'self' https://cdn.example:8443"
    )


def test_one_apps_logo_is_on_no_other_apps_page():
    clients = [{"client_name": n, "logo_uri": f"https://{n}.example/logo.png"} for n in ("a", "b", "a")]
    told = [policy(Page(name="sign_in", facts={"client": client}))["img-src"] for client in clients]

    assert told == ["'self' https://a.example", "'self' https://b.example", "'self' https://a.example"]


def test_logout_frames_may_load_and_nothing_else_may():
    page = Page(
        name="signed_out", facts={"frames": ("https://a.example/out?sid=1", "https://a.example/other")}
    )

    assert policy(page)["frame-src"] == "https://a.example"
    assert "frame-src" not in policy(samples.PAGES["signed_out"])


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "https://a.example;script-src *",
        "https://user@a.example/",
        "https://[::1",
        "https:///x",
        "http://a.example/",
        "data:text/html,x",
        "//a.example/x",
    ],
)
def test_an_address_that_is_not_plain_https_adds_no_origin(uri):
    assert origins([uri]) == []


def test_the_session_frame_is_the_one_page_others_may_frame():
    page = Page(name="check_session", facts={"cookie": "lm_bs_1"})

    assert policy(page)["frame-ancestors"] == "*"
    assert "X-Frame-Options" not in VIEWS.headers(page)
