"""Begin a journey of one browser (OIDC Core §3.1.2.3, RFC 8628 §3.3).

Anybody can begin one. Until a person acts, the handle in its URLs carries it and nothing is stored; only
what is too long for a URL is, and that has its limit (docs/decisions/0072).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import structs

from limen.credentials.rationing import Ration, count
from limen.model.artifacts import Interaction, Params
from limen.model.client import Client
from limen.ports.keys import Keys
from limen.ports.storage import Add, Storage
from limen.ports.world import Clock, Entropy
from limen.protocol.answer import Cookie
from limen.protocol.throttling import neighbourhood
from limen.tokens.digest import digest
from limen.tokens.journey import seal_journey

FRESH = 1_800  # seconds a person may take over one journey
_COOKIE = "interaction:"
_MOST = 16  # journeys of one browser at once
_KEPT = 86_400  # seconds a client's request can be started again
_LONG = Ration("long-request", 60)  # too long for a URL


class Begun(msgspec.Struct, frozen=True, gc=False):
    """A new journey: the handle in its URLs, its record, and the cookie that ties it to the browser."""

    handle: str
    interaction: Interaction
    cookie: Cookie


def begin(entropy: Entropy, now: int, client: Client, params: Params, *, device: str) -> Begun:
    """Return the journey of somebody who has entered a device's code, to be stored; it starts once."""
    browser = entropy.handle()
    journey = structs.replace(_journey(client, params, now, browser), device=device)
    return _under(entropy.handle(), journey, browser)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginnings:
    """Begins what anybody can begin."""

    storage: Storage
    keys: Keys
    clock: Clock
    entropy: Entropy

    async def __call__(
        self,
        client: Client,
        params: Params,
        *,
        pushed: str | None = None,
        until: int | None = None,
        backchannel: str | None = None,
        source: str = "",
    ) -> Begun:
        """Begin a journey; refuse with TooManyRequests where a `source` makes us store too many.

        `until`: one that starts again lives no longer than what it started from.
        """
        now, browser = self.clock.now(), self.entropy.handle()
        latest = now + (_KEPT if backchannel is None else FRESH)
        journey = structs.replace(
            _journey(client, params, now, browser),
            expires_at=latest if until is None else min(until, latest),
            pushed=pushed,
            backchannel=backchannel,
        )
        handle = seal_journey(self.keys, journey)
        if handle is not None:
            return _under(handle, structs.replace(journey, carried=True), browser)
        if client.is_public or pushed is None:
            # Nobody has proven anything yet: it is counted, and not kept for longer than it takes to sign in.
            await count(self.storage, _LONG, client.tenant_id, neighbourhood(source), now)
            journey = structs.replace(journey, expires_at=now + FRESH)
        begun = _under(self.entropy.handle(), journey, browser)
        await self.storage.commit(Add(begun.interaction))
        return begun


def crowded_out(cookies: Mapping[str, str]) -> tuple[Cookie, ...]:
    """Drop the cookies of a browser's oldest journeys: too many would be more than a request may carry.

    RFC 6265 §5.4: browsers send the oldest first.
    """
    names = [name for name in cookies if name.startswith(_COOKIE)]
    return tuple(Cookie(name=name, value="") for name in names[: 1 - _MOST])


def cookie_of(interaction: Interaction) -> str:
    """Return the name of the cookie that ties a journey to one browser."""
    return f"{_COOKIE}{interaction.digest[:8]}"


def _journey(client: Client, params: Params, now: int, browser: str) -> Interaction:
    return Interaction(
        tenant_id=client.tenant_id,
        digest="",
        expires_at=now + FRESH,
        client_id=client.client_id,
        params=params,
        fresh_until=now + FRESH,
        browser_digest=digest(browser),
    )


def _under(handle: str, journey: Interaction, browser: str) -> Begun:
    found = structs.replace(journey, digest=digest(handle))
    return Begun(handle, found, Cookie(name=cookie_of(found), value=browser, lifetime=FRESH))
