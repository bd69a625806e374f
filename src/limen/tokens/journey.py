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
_SHORT = 1_024  # bytes: what is packed only to save some of them costs more than it saves
_PACKED = b"\x78"  # how what zlib writes begins (RFC 1950 §2.2), and no array of msgpack's
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
    plain = msgspec.msgpack.encode(beginning)
    carried = plain if len(plain) <= _SHORT else zlib.compress(plain, _QUICK)
    handle = keys.seal(interaction.tenant_id, _PURPOSE, carried)
    return handle if len(handle) <= _LONGEST else None


def open_journey(keys: Keys, tenant_id: str, handle: str) -> Interaction | None:
    """Return the journey a handle carries, whatever its date; None when it carries none."""
    carried = keys.open(tenant_id, _PURPOSE, handle)
    if carried is None:
        return None
    try:
        plain = zlib.decompress(carried) if carried.startswith(_PACKED) else carried
        beginning = _decoder.decode(plain)
    except (msgspec.MsgspecError, zlib.error):  # another version's
        return None
    return Interaction(
        tenant_id=tenant_id, digest=digest(handle), carried=True, **msgspec.structs.asdict(beginning)
    )
