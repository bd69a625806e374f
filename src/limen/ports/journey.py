"""What a step of a browser journey is: it sees a View and answers with a page or with what it changed."""

from collections.abc import Mapping
from typing import Any, Protocol, Self

import msgspec
from msgspec.structs import replace

from limen.model.artifacts import Interaction
from limen.model.client import Client
from limen.model.person import Person
from limen.model.scope import Scope
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import Change
from limen.protocol.answer import Cookie, Page
from limen.protocol.message import Message
from limen.protocol.policy import Policy
from limen.protocol.prompt import Prompt


class View(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One journey as a step sees it. `action` is where its form posts to, `form_token` what it must carry."""

    message: Message
    tenant: Tenant
    client: Client
    policy: Policy
    interaction: Interaction
    session: Session | None
    person: Person | None
    hinted_sub: str | None = None  # the one person the request is about
    prompt: Prompt
    wanted: Scope
    remembered: Scope
    login_hint: str | None
    redirect_uri: str
    details: tuple[Mapping[str, Any], ...]
    claims: tuple[str, ...]  # asked for by name, beyond the scopes
    action: str
    form_token: str


class Stepped(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The step is done: `interaction` replaces the old one together with `changes`.

    `session` and `person` are who is at the browser from now on.
    """

    interaction: Interaction
    session: Session | None
    person: Person | None
    changes: tuple[Change, ...] = ()
    cookies: tuple[Cookie, ...] = ()

    @classmethod
    def by(cls, view: View, *changes: Change, **decided: Any) -> Self:
        """Return a step of whoever is at the browser already; `decided` are members of the journey."""
        interaction = replace(view.interaction, **decided)
        return cls(interaction=interaction, session=view.session, person=view.person, changes=changes)


class JourneyStep(Protocol):
    """One page a person acts on. A step never calls another."""

    async def show(self, view: View) -> Page:
        """Return the page."""
        ...

    async def submit(self, view: View) -> Stepped | Page:
        """Take the form: go on, or show the page again with what was wrong."""
        ...
