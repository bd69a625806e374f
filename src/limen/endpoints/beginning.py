"""Begin a journey of one browser (OIDC Core §3.1.2.3, RFC 8628 §3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.model.artifacts import Interaction, Params
from limen.model.client import Client
from limen.ports.world import Entropy
from limen.protocol.answer import Cookie
from limen.tokens.digest import digest

FRESH = 1_800  # seconds a person may take over one journey
_COOKIE = "interaction:"
_MOST = 16  # journeys of one browser at once
_KEPT = 86_400  # seconds a client's request can be started again


@dataclass(frozen=True, slots=True)
class Begun:
    """A new journey: the handle in its URLs, its record, and the cookie that ties it to the browser."""

    handle: str
    interaction: Interaction
    cookie: Cookie


def begin(
    entropy: Entropy,
    now: int,
    client: Client,
    params: Params,
    *,
    pushed: str | None = None,
    device: str | None = None,
) -> Begun:
    """Return a journey for a client's request; what a device asks for cannot be started again."""
    handle, browser = entropy.handle(), entropy.handle()
    interaction = Interaction(
        tenant_id=client.tenant_id,
        digest=digest(handle),
        expires_at=now + (_KEPT if device is None else FRESH),
        client_id=client.client_id,
        params=params,
        started_at=now,
        fresh_until=now + FRESH,
        browser_digest=digest(browser),
        pushed=pushed,
        device=device,
    )
    return Begun(handle, interaction, Cookie(name=cookie_of(interaction), value=browser, lifetime=FRESH))


def crowded_out(cookies: Mapping[str, str]) -> tuple[Cookie, ...]:
    """Drop the cookies of a browser's oldest journeys: too many would be more than a request may carry.

    RFC 6265 §5.4: browsers send the oldest first.
    """
    names = [name for name in cookies if name.startswith(_COOKIE)]
    return tuple(Cookie(name=name, value="") for name in names[: 1 - _MOST])


def cookie_of(interaction: Interaction) -> str:
    """Return the name of the cookie that ties a journey to one browser."""
    return f"{_COOKIE}{interaction.digest[:8]}"
