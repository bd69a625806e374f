"""Take one step of a journey: show its page, or record what its form decided (OIDC Core §3.1.2.3)."""

import msgspec
from msgspec.structs import replace

from limen.errors import ForeignForm
from limen.model.artifacts import Interaction
from limen.model.person import Person
from limen.ports.journey import JourneyStep, Stepped, View
from limen.ports.storage import Add, Change, Storage, Swap
from limen.protocol.answer import Page
from limen.tokens.digest import digest, is_same


def form_token(handle: str, browser: str, person: Person | None) -> str:
    """Return what the forms of a journey carry: its own browser, and the person the page was shown to."""
    journey = digest(f"{handle}.{browser}.form")
    shown_to = person.sub if person is not None else ""
    return f"{journey}.{digest(f'{journey}.{shown_to}')}"


class Taken(msgspec.Struct, frozen=True, gc=False):
    """A step that was taken, and is not recorded yet: the journey `before`, and what became of it.

    `moved`: the step itself changed who is at the browser.
    """

    before: Interaction
    stepped: Stepped
    moved: bool

    def changes(self, ended: Interaction | None = None) -> tuple[Change, ...]:
        """Return what records the step, and the journey's end if it ended with it."""
        before, stepped = self.before, self.stepped
        if before.carried and stepped.interaction.denied and stepped.session is None:
            return ()  # a stranger's no leaves nothing behind
        after = ended or replace(stepped.interaction, carried=False)
        return Add(after) if before.carried else Swap(before, after), *stepped.changes


async def take(step: JourneyStep, view: View) -> Page | Taken:
    """Return the page to show, or what the person decided."""
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
    return Taken(view.interaction, outcome, moved=outcome.session is not view.session)


async def record(taken: Taken, storage: Storage) -> bool:
    """Record a step alone; say no when another tab was faster."""
    changes = taken.changes()
    return not changes or await storage.commit(*changes) is None
