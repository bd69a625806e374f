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
