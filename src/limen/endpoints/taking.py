"""Take one step of a journey: show its page, or record what the form decided (OIDC Core §3.1.2.3)."""

from limen.errors import ForeignForm
from limen.ports.journey import JourneyStep, Stepped, View
from limen.ports.storage import Storage, Swap
from limen.protocol.answer import Page
from limen.tokens.digest import digest, is_same


def form_token(handle: str, browser: str) -> str:
    """Return what the forms of a journey carry, so that only its own browser can send them."""
    return digest(f"{handle}.{browser}.form")


async def take(step: JourneyStep, view: View, storage: Storage) -> Page | Stepped | None:
    """Return the page to show, or what the person decided; None when another tab was faster."""
    if view.message.method != "POST":
        return await step.show(view)
    if not is_same(view.form_token, view.message.one("form_token") or ""):
        raise ForeignForm("the form was not sent from our own page", page_code="cross_site")
    outcome = await step.submit(view)
    if isinstance(outcome, Page):
        return outcome
    lost = await storage.commit(Swap(view.interaction, outcome.interaction), *outcome.changes)
    return outcome if lost is None else None
