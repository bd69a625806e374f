"""Remembering what follows from records alone, such as what a registration permits (RFC 6749 §2)."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar, TypeVarTuple

T = TypeVar("T")
Given = TypeVarTuple("Given")

_MOST = 1_000


def once(compute: Callable[[*Given], T]) -> Callable[[*Given], T]:
    """Have `compute` called once for the very same arguments; neither they nor the result may ever change.

    A changed record is another record, so that nothing is out of date. What is remembered holds on to its
    arguments: no other record can come to have their identity.
    """
    known: dict[tuple[int, ...], tuple[tuple[*Given], T]] = {}

    @wraps(compute)
    def remembered(*given: *Given) -> T:
        key = tuple(map(id, given))
        found = known.get(key)
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[key] = (given, compute(*given))
        return found[1]

    return remembered
