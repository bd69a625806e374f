"""JSON from strangers, read once and strictly (RFC 8259, RFC 7515 §5.2, RFC 8725 §3.10).

No duplicate members, no NaN or infinite numbers, no integers beyond 64 bits, no lone surrogates, no NUL, at
most 32 levels: what we take we must be able to store and to write again.
"""

import json
import math
from typing import Any, NoReturn

_DEPTH = 32
_MOST = 2**63


def read_object(data: bytes) -> dict[str, Any] | None:
    """Return the JSON object in `data`, or None."""
    value = read_json(data)
    return value if isinstance(value, dict) else None


def read_json(data: bytes) -> Any:
    """Return the JSON value in `data`; None for anything unacceptable."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_finite,
            parse_int=_bounded,
            parse_constant=_constant,
        )
    except (ValueError, RecursionError):
        return None
    return value if _sound(value, _DEPTH) else None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _bounded(text: str) -> int:
    number = int(text)
    if not -_MOST <= number < _MOST:
        raise ValueError(text)
    return number


def _constant(text: str) -> NoReturn:
    raise ValueError(text)


def _sound(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        if "\0" in value:
            return False
        return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return depth > 0 and all(_sound(k, 1) and _sound(v, depth - 1) for k, v in value.items())
    if isinstance(value, list):
        return depth > 0 and all(_sound(v, depth - 1) for v in value)
    return True
