"""Turn a Page and the message it answers into HTML (OIDC Core §3.1.2.3, §3.1.2.4).

The names of pages and their facts are in `limen.pages.facts`; the words of refusals in
`limen.pages.refusals`. Templates escape everything, and an unknown name in one is an error.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from limen.model.tenant import Tenant
from limen.pages.catalogue import catalogues
from limen.pages.facts import complete
from limen.pages.headers import security_headers
from limen.pages.language import choose
from limen.pages.outline import filled, is_common
from limen.pages.refusals import refusal
from limen.pages.shown import app, logo, registered, somebody
from limen.protocol.answer import Page
from limen.protocol.message import Message

_FOR_DEVELOPERS = {"demo_failed", "demo_result", "dev_home"}  # in English, like what they speak of
_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}


class Views:
    """Shows every page, and says what the browser may do with it."""

    def render(self, page: Page, message: Message) -> bytes:
        """Return the page in the person's language, UTF-8."""
        facts = complete(page.name, page.facts)
        language = choose(
            {"en"} if page.name in _FOR_DEVELOPERS else catalogues(),
            ui_locales=facts.pop("ui_locales"),
            accept_language=message.headers.get("accept-language", ""),
        )
        told = _frame(page.name, message.tenant, message.base, language) | _shown(page, facts, language)
        render = _renderer(page.name, language)
        return filled(render, told) if is_common(page.name, told) else render(told).encode()

    def headers(self, page: Page) -> Mapping[str, str]:
        """Return the headers that confine the page to what it needs; they go with every page."""
        return security_headers(page, logo(page.facts.get("client")))


@cache
def _renderer(page: str, language: str) -> Callable[[Mapping[str, Any]], str]:
    """Return what renders `page`; there are few pages and languages."""
    from limen.pages.prepared import prepared  # noqa: PLC0415 -- Jinja is a tenth of a second of the start

    return prepared(page, language).render


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
