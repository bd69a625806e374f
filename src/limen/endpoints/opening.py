"""Open a journey with its first page, in the answer to the request itself (OIDC Core §3.1.2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import structs

from limen.endpoints.beginning import Begun, crowded_out
from limen.endpoints.dispatch import Situation
from limen.endpoints.viewing import localised, view_of
from limen.ports.journey import JourneyStep
from limen.protocol.answer import Page
from limen.protocol.message import NOTHING, Message


@dataclass(frozen=True, slots=True)
class Opening:
    """Spares everybody the round trip of a redirect to the first page (docs/decisions/0075)."""

    steps: Mapping[str, JourneyStep]

    async def __call__(self, situation: Situation, begun: Begun, message: Message) -> Page:
        """Return the first page of a journey that has just begun."""
        # It sees what it would at its own address: no parameter of the request is one of ours.
        alone = structs.replace(message, params=NOTHING, query=NOTHING)
        view = view_of(situation, begun.interaction, begun.handle, begun.cookie.value, alone)
        page = localised(await self.steps[situation.step.value].show(view), situation.validated)
        return structs.replace(page, cookies=(*crowded_out(message.cookies), begun.cookie, *page.cookies))
