"""Take one step of a journey: show its page, or record what the form decided (OIDC Core §3.1.2.3)."""

import dataclasses

from limen.errors import ForeignForm
from limen.model.person import Person
from limen.ports.journey import JourneyStep, Stepped, View
from limen.ports.storage import Add, Storage, Swap
from limen.protocol.answer import Page
from limen.tokens.digest import digest, is_same


def form_token(handle: str, browser: str, person: Person | None) -> str:
    """Return what the forms of a journey carry: its own browser, and the person the page was shown to."""
    journey = digest(f"{handle}.{browser}.form")
    shown_to = person.sub if person is not None else ""
    return f"{journey}.{digest(f'{journey}.{shown_to}')}"


async def take(step: JourneyStep, view: View, storage: Storage) -> Page | Stepped | None:
    """Return the page to show, or what the person decided; None when another tab was faster."""
    if view.message.method != "POST":
        return await step.show(view)
    journey, _, person = view.form_token.partition(".")
    sent, _, shown_to = (view.message.one("form_token") or "").partition(".")
    if not is_same(journey, sent):
        raise ForeignForm("the form was not sent from our own page", page_code="cross_site")
    if not is_same(person, shown_to):
        # Somebody else has signed in since, in another tab: nobody decides for them.
        return await step.show(view)
    outcome = await step.submit(view)
    if isinstance(outcome, Page):
        return outcome
    return await _record(view, outcome, storage)


async def _record(view: View, outcome: Stepped, storage: Storage) -> Stepped | None:
    before, after = view.interaction, dataclasses.replace(outcome.interaction, carried=False)
    if before.carried and after.denied and view.session is None:
        return outcome  # a stranger's no leaves nothing behind
    change = Add(after) if before.carried else Swap(before, after)
    lost = await storage.commit(change, *outcome.changes)
    return dataclasses.replace(outcome, interaction=after) if lost is None else None
