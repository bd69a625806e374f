"""The handle of a journey nobody acted on yet: it carries the request itself (OIDC Core §3.1.2.3).

Whoever knows a client_id can begin journeys without end; what their URLs carry fills no disk of ours.
"""

import zlib

import msgspec

from limen.model.artifacts import Interaction
from limen.ports.keys import Keys
from limen.tokens.digest import digest

_PURPOSE = "jn"
_LONGEST = 6_000  # characters: with the rest of a URL, what every proxy passes on
_QUICK = 1  # of zlib: as good as its best for texts so short


class _Beginning(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of a journey before the first step is taken."""

    client_id: str
    params: dict[str, tuple[str, ...]]
    expires_at: int
    fresh_until: int
    browser_digest: str
    pushed: str | None
    backchannel: str | None


_decoder = msgspec.msgpack.Decoder(_Beginning)


def seal_journey(keys: Keys, interaction: Interaction) -> str | None:
    """Return a handle that carries the journey; None when the request is too long for a URL."""
    beginning = _Beginning(
        client_id=interaction.client_id,
        params=dict(interaction.params),
        expires_at=interaction.expires_at,
        fresh_until=interaction.fresh_until,
        browser_digest=interaction.browser_digest,
        pushed=interaction.pushed,
        backchannel=interaction.backchannel,
    )
    packed = zlib.compress(msgspec.msgpack.encode(beginning), _QUICK)
    handle = keys.seal(interaction.tenant_id, _PURPOSE, packed)
    return handle if len(handle) <= _LONGEST else None


def open_journey(keys: Keys, tenant_id: str, handle: str) -> Interaction | None:
    """Return the journey a handle carries, whatever its date; None when it carries none."""
    packed = keys.open(tenant_id, _PURPOSE, handle)
    if packed is None:
        return None
    try:
        beginning = _decoder.decode(zlib.decompress(packed))
    except (msgspec.MsgspecError, zlib.error):  # another version's
        return None
    return Interaction(
        tenant_id=tenant_id, digest=digest(handle), carried=True, **msgspec.structs.asdict(beginning)
    )
