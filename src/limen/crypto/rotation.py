"""The life of a key, as pure rules: next, active, retiring, retired (OIDC Core §10.1.1).

A next key is published before it signs, so that relying parties have it in their caches; a retiring
key stays published until everything it signed has expired. Two workers that look at once write the
same states, a second apart at most, so that neither has to win.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from limen.model.key import Key


@dataclass(frozen=True, slots=True)
class Times:
    """`lead`: how long a key is published before use. `overlap`: how long it stays after, by its use."""

    lead: int = 86_400
    overlap: int = 31 * 86_400  # longer than any signed token lives
    seal_overlap: int = 366 * 86_400  # longer than any refresh token lives

    def overlap_of(self, use: str) -> int:
        """Return how long a key of `use` stays after its successor took over."""
        return self.seal_overlap if use == "seal" else self.overlap


def successors(keys: Iterable[Key], use: str) -> tuple[str, ...]:
    """Return the algorithms of `use` whose active key has no successor waiting."""
    keys = [key for key in keys if key.use == use]
    waiting = {key.alg for key in keys if key.state == "next"}
    return tuple(dict.fromkeys(key.alg for key in keys if key.state == "active" and key.alg not in waiting))


def advance(keys: Iterable[Key], now: int, times: Times) -> tuple[Key, ...]:
    """Return the keys whose state must change by now, as they are to be stored."""
    keys = tuple(keys)
    changed: dict[str, Key] = {}
    for new in sorted((k for k in keys if k.state == "next"), key=lambda k: k.created_at):
        if new.created_at + times.lead > now:
            continue
        for old in keys:
            current = changed.get(old.kid, old)
            if (current.use, current.alg, current.state) == (new.use, new.alg, "active"):
                # Counted from now: after a long stop the old key has signed until this moment.
                changed[old.kid] = replace(
                    current, state="retiring", retired_at=now + times.overlap_of(old.use)
                )
        changed[new.kid] = replace(new, state="active", activated_at=now)
    for key in keys:
        current = changed.get(key.kid, key)
        if current.state == "retiring" and current.retired_at <= now:
            changed[key.kid] = replace(current, state="retired")
    return tuple(changed.values())
