"""What a presented refresh token deserves (RFC 9700 §4.14, RFC 6749 §6)."""

from enum import Enum

from limen.model.grant import Grant


class Verdict(Enum):
    """Current: go on. Grace: the same successor again. Reused: the family ends."""

    CURRENT = "current"
    GRACE = "grace"
    REUSED = "reused"


def judge(grant: Grant, *, generation: int, now: int, grace: int) -> Verdict:
    """Compare the token's generation with the grant's."""
    if generation == grant.generation:
        return Verdict.CURRENT
    # Less than, not at most: moments are whole seconds, and no grace is none within the second either.
    if generation == grant.generation - 1 and now - grant.rotated_at < grace:
        return Verdict.GRACE
    return Verdict.REUSED


def is_idle(grant: Grant, *, issued_at: int, now: int, limit: int) -> bool:
    """Tell whether a refresh token was unused for longer than `limit` seconds; 0: there is no limit."""
    return limit > 0 and now - max(grant.rotated_at, issued_at) > limit


def notes_use(grant: Grant, *, now: int, limit: int) -> bool:
    """Tell whether a use that does not rotate must be remembered for the idle limit.

    Not each use costs a write: the last one is known to a tenth of the limit, or to the minute.
    """
    return limit > 0 and now - grant.rotated_at >= min(60, limit // 10)
