"""Why an act of an operator is refused: what happened, and what to do next (over HTTP as RFC 9457)."""

import difflib
from collections.abc import Iterable
from typing import ClassVar


class Refusal(Exception):
    """An operator's request that cannot be done. `hint` tells what to do next."""

    status: ClassVar[int] = 422
    title: ClassVar[str] = "The request cannot be done"

    def __init__(self, problem: str, *, hint: str = "") -> None:
        super().__init__(problem)
        self.problem, self.hint = problem, hint


class Invalid(Refusal):
    """A value breaks a rule."""

    title = "A value is not acceptable"


class Forbidden(Refusal):
    """The actor lacks a permission."""

    status = 403
    title = "Not permitted"


class NotFound(Refusal):
    """Nothing goes by that name here."""

    status = 404
    title = "Not found"


class Conflict(Refusal):
    """Something goes by that name already."""

    status = 409
    title = "Already there"


class Stale(Refusal):
    """Somebody else changed it in the meantime."""

    status = 412
    title = "Changed in the meantime"


def not_found(kind: str, name: str, known: Iterable[str]) -> NotFound:
    """Return a NotFound that names the nearest known name."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return NotFound(f"there is no {kind} {name!a}", hint=f"did you mean {near[0]}?" if near else "")
