"""Every page renders, says what it is, and leaves strangers' text inert."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec import structs

import limen
from limen.model.client import Client
from limen.model.person import Person
from limen.pages.facts import PAGES
from limen.pages.refusals import REFUSALS
from limen.pages.views import Views
from limen.protocol.answer import Page
from tests.pages import samples

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}{app}%s\u202e"
VIEWS = Views()
# What a page decides by is not text of strangers.
FIXED = {"error", "reason", "code", "retry_after", "remember_days", "asked_at", "now", "time", "milliseconds"}


class Document(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def rendered(page, **how):
    return VIEWS.render(page, samples.message(**how)).decode()


def with_text(text, value, name=""):
    """The facts with `text` in the place of every text."""
    if name in FIXED or isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, str):
        return f"https://x.example/?{text}" if value.startswith("https:") else text
    if isinstance(value, dict):
        return {key: with_text(text, inner, key) for key, inner in value.items()}
    return [with_text(text, inner, name) for inner in value]


def test_every_page_has_a_sample_and_every_sample_a_page():
    assert {page.name for page in samples.PAGES.values()} | {"check_session"} == PAGES.keys()


@pytest.mark.parametrize("name", samples.PAGES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_has_one_heading_a_title_and_its_language(name, language):
    page = Document(rendered(samples.PAGES[name], language=language))

    assert len(page.all("h1")) == 1
    assert page.all("title")
    assert len(page.all("main")) == 1
    assert page.all("html")[0]["lang"] in {language, "en"}


@pytest.mark.parametrize("name", samples.PAGES)
def test_a_page_has_no_inline_script_or_style(name):
    page = Document(rendered(samples.PAGES[name], development=True))

    assert all("src" in script for script in page.all("script"))
    assert page.all("style") == []
    assert [a for _, a in page.elements if "style" in a or any(key.startswith("on") for key in a)] == []


@pytest.mark.parametrize("name", samples.PAGES)
def test_xs_01_text_of_strangers_is_inert_on_every_page(name):
    def shown(text):
        facts = with_text(text, dict(samples.PAGES[name].facts))
        return Document(rendered(structs.replace(samples.PAGES[name], facts=facts), development=True))

    harmless, page = shown("harmless"), shown(HOSTILE)

    assert [tag for tag, _ in page.elements] == [tag for tag, _ in harmless.elements]
    assert len(page.all("script")) <= 1
    assert [a for _, a in page.elements if any(key.startswith("on") for key in a)] == []
    assert HOSTILE in page.text or page.text == harmless.text
    assert "49" not in page.text.replace("{{7*7}}", "")


def test_xs_01_a_tenants_name_is_inert():
    message = samples.message()
    hostile_tenant = structs.replace(message.tenant, display_name=HOSTILE)
    changed = {f: getattr(message, f) for f in message.__struct_fields__} | {"tenant": hostile_tenant}

    html = VIEWS.render(samples.PAGES["sign_in"], type(message)(**changed)).decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_xs_02_an_error_page_shows_our_words_and_never_an_unknown_code():
    page = Document(rendered(Page(name="error", status=400, facts={"code": "redirect_uri"})))

    assert "The app’s return address is not registered, so we stopped for your safety." in page.text


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("unknown_client", 400, "The app that sent you here is not registered."),
        ("disabled_client", 400, "This app is switched off at the moment."),
        ("invalid_request", 400, "The app sent an incomplete request."),
        ("request_uri", 400, "This sign-in link was already used or is too old."),
        ("interaction_expired", 400, "Sign-in pages work for a limited time"),
        ("not_found", 404, "There is no page at this address."),
        ("cross_site", 403, "The form came from another website."),
        ("never heard of", 429, "There were too many requests in a short time."),
        ("never heard of", 500, "This is our fault, not yours."),
        ("never heard of", 418, "We could not do what was asked."),
    ],
)
def test_each_refusal_has_its_words(code, status, words):
    assert words in Document(rendered(Page(name="error", status=status, facts={"code": code}))).text


def test_the_reason_of_a_refusal_is_for_developers_only():
    error = samples.PAGES["error"]

    assert "redirect_uri is not registered" in rendered(error, development=True)
    assert "redirect_uri is not registered" not in rendered(error)


def test_titles_name_the_step_the_app_and_the_tenant():
    assert "<title>Sign in – Payroll – Acme</title>" in rendered(samples.PAGES["sign_in"])
    assert "<title>Error: Sign in – Payroll – Acme</title>" in rendered(samples.PAGES["sign_in_wrong"])


def test_a_wrong_password_is_announced_tied_to_its_fields_and_the_name_kept():
    page = Document(rendered(samples.PAGES["sign_in_wrong"]))
    alert = next(a for _, a in page.elements if a.get("role") == "alert")
    fields = {field["id"]: field for field in page.all("input") if "id" in field}

    assert "autofocus" in alert
    assert fields["username"]["aria-describedby"] == alert["id"] == fields["password"]["aria-describedby"]
    assert fields["username"]["value"] == "alice@acme.example"
    assert "value" not in fields["password"]


def test_browsers_and_password_stores_know_the_fields():
    fields = {a["name"]: a for a in Document(rendered(samples.PAGES["sign_in"])).all("input")}

    assert fields["username"]["autocomplete"] == "username webauthn"
    assert fields["password"]["autocomplete"] == "current-password"


def test_consent_offers_allow_before_deny_and_openid_is_not_a_choice():
    page = Document(rendered(samples.PAGES["consent"]))

    assert [button.get("name") for button in page.all("button")] == ["allow", "deny"]
    boxes = [
        box["value"] for box in page.all("input") if box.get("type") == "checkbox" and box["name"] == "scope"
    ]
    assert boxes == ["profile", "email", "offline_access"]
    assert {"type": "hidden", "name": "scope", "value": "openid"} in page.all("input")


def test_consent_folds_what_was_allowed_before():
    page = Document(rendered(samples.PAGES["consent_more"]))

    assert "You allowed before (2)" in page.text
    assert "Pay EUR 123.50 to Merchant A, once" in page.text


def test_a_client_record_is_as_good_as_a_mapping():
    client = Client(
        tenant_id="t1",
        client_id="c1",
        client_name="Payroll",
        client_names={"de": "Lohnbüro"},
        redirect_uris=("https://payroll.acme.example/cb",),
        policy_uri="javascript:alert(1)",
        tos_uri="https://payroll.acme.example/terms",
        logo_uri="https://cdn.example/logo.png",
    )
    person = Person(tenant_id="t1", sub="s1", username="alice", claims={"name": "Alice Adams"})
    facts = {**samples.FORM, "client": client, "person": person, "scopes": []}

    html = rendered(Page(name="consent", facts=facts), language="de")

    assert "Lohnbüro" in html
    assert "Alice Adams" in html
    assert "payroll.acme.example" in html
    assert "javascript:" not in html
    assert 'src="https://cdn.example/logo.png"' in html


def test_ui_locales_win_over_the_browsers_language():
    page = structs.replace(
        samples.PAGES["sign_in"], facts={**samples.PAGES["sign_in"].facts, "ui_locales": "fr de-AT en"}
    )

    assert '<html lang="de"' in rendered(page, language="en")


def test_a_missing_or_unknown_fact_is_a_fault():
    with pytest.raises(TypeError, match="needs"):
        rendered(Page(name="sign_in", facts={}))
    with pytest.raises(TypeError, match="does not take"):
        rendered(Page(name="home", facts={"surprise": 1}))


def test_the_development_banner_is_only_on_development_tenants():
    assert 'class="dev"' in rendered(samples.PAGES["sign_in"], development=True)
    assert 'class="dev"' not in rendered(samples.PAGES["sign_in"])


def test_the_session_frame_is_nothing_but_its_script():
    html = rendered(Page(name="check_session", facts={"cookie": "lm_bs_1"}))

    assert 'data-cookie="lm_bs_1"' in html
    assert Document(html).text.strip() == "Acme"


def test_every_page_code_that_is_raised_has_its_words():
    sources = Path(limen.__file__).parent.rglob("*.py")
    raised = {code for source in sources for code in re.findall(r'page_code="(\w+)"', source.read_text())}

    assert raised - REFUSALS.keys() == set()


def test_a_sign_in_shown_to_many_is_each_ones_own():
    client = {"client_name": f"100% {HOSTILE}", "redirect_host": "%(action)s.example"}
    first = {"action": "/i/one/sign_in", "form_token": "one.1", "client": client, "cancel": True}
    second = {**first, "action": f"/i/two/{HOSTILE}", "form_token": f"two.2{HOSTILE}"}

    shown = [rendered(Page(name="sign_in", facts=facts)) for facts in (first, second)]

    for page, facts in zip(map(Document, shown), (first, second), strict=True):
        assert page.all("form")[0]["action"] == facts["action"]
        assert page.all("input")[0]["value"] == facts["form_token"]
        assert page.all("script")[1:] == []
        assert client["client_name"] in page.text
        assert client["redirect_host"] in page.text
    named = Document(rendered(Page(name="sign_in", facts={**first, "username": "alice"})))
    unnamed = Document(shown[0])
    assert [tag for tag, _ in named.elements] == [tag for tag, _ in unnamed.elements]


def test_a_sign_in_is_each_applications_and_tenants_own():
    told = {**samples.FORM, "cancel": True}

    one = rendered(Page(name="sign_in", facts={**told, "client": {"client_name": "Payroll"}}))
    other = rendered(Page(name="sign_in", facts={**told, "client": {"client_name": "Wiki"}}))
    german = rendered(Page(name="sign_in", facts={**told, "client": {"client_name": "Wiki"}}), language="de")

    assert "Payroll" in one
    assert "Payroll" not in other
    assert german != other
