"""Turn a Page and the message it answers into HTML (OIDC Core §3.1.2.3, §3.1.2.4).

The names of pages and their facts are in `limen.pages.facts`; the words of refusals in
`limen.pages.refusals`. Templates escape everything, and an unknown name in one is an error.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from limen.model.tenant import Tenant
from limen.pages.catalogue import Texts, catalogues
from limen.pages.facts import complete
from limen.pages.headers import security_headers
from limen.pages.language import choose
from limen.pages.refusals import refusal
from limen.pages.shown import app, link, logo, registered, somebody
from limen.pages.woven import woven
from limen.protocol.answer import Page
from limen.protocol.message import Message

_FOR_DEVELOPERS = {"demo_failed", "demo_result", "dev_home"}  # in English, like what they speak of
_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


class Views:
    """Knows every template."""

    def render(self, page: Page, message: Message) -> bytes:
        """Return the page in the person's language, UTF-8."""
        facts = complete(page.name, page.facts)
        language = choose(
            {"en"} if page.name in _FOR_DEVELOPERS else catalogues(),
            ui_locales=facts["ui_locales"],
            accept_language=message.headers.get("accept-language", ""),
        )
        frame = _frame(page.name, message.tenant, message.base, language)
        return _template(page.name, language).render(frame | _shown(page, facts, language)).encode()

    def headers(self, page: Page) -> Mapping[str, str]:
        """Return the headers that confine the page to what it needs; they go with every page."""
        return security_headers(page, logo(page.facts.get("client")))


def _frame(name: str, tenant: Tenant, base: str, language: str) -> dict[str, Any]:
    """Return what every page shows around its own facts."""
    return {
        "page": name,
        "base": base,
        "language": language,
        "direction": "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr",
        "tenant": tenant.display_name or tenant.name or "Limen",
        "development": tenant.development,
        "support_url": registered(tenant.support_url),
        "privacy_url": registered(tenant.privacy_url),
        "terms_url": registered(tenant.terms_url),
    }


def _shown(page: Page, facts: dict[str, Any], language: str) -> dict[str, Any]:
    """Return the facts with clients, people and refusals as they may be shown."""
    facts["client"] = app(facts.get("client"), language)
    facts["person"] = somebody(facts.get("person"))
    if page.name == "choose_account":
        facts["accounts"] = [(account["session_id"], somebody(account)) for account in facts["accounts"]]
    if page.name == "approvals":
        facts["requests"] = [
            {**asked, "client": app(asked["client"], language)} for asked in facts["requests"]
        ]
    if page.name == "error":
        facts["refusal"] = refusal(facts["code"], page.status)
        facts["status"] = page.status
    return facts


@cache
def _template(page: str, language: str) -> Template:
    """Return the template of a page, made when it is first asked for; pages and languages are few."""
    return woven(_environment(language), page, catalogues()[language])


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = catalogues()[language]
    environment.globals = {"link": link}
    environment.filters |= {
        "t": partial(_translate, texts),
        "ago": partial(_ago, texts),
        "moment": _moment,
        "isotime": _isotime,
        "bold": _bold,
    }
    return environment


def _translate(texts: Texts, text: str) -> str:
    """Translate a stored text when the catalogue knows it: the standard scopes, refusals."""
    return texts.get(text, text)


def _bold(text: str) -> Markup:
    return Markup(f"<b>{escape(text)}</b>")  # noqa: S704 -- escaped where it stands


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _isotime(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _ago(texts: Texts, asked_at: int, now: int) -> Markup:
    minutes = max(0, now - asked_at) // 60
    said = "{minutes} min ago" if minutes else "just now"
    return Markup(texts.get(said, said)).format(minutes=minutes)  # noqa: S704 -- the text is ours
