"""Records as JSON text and back, derived from their structs (RFC 8259).

Stored members this version does not know are ignored and missing ones take the field's default, so that
neighbouring versions read each other's rows. The text is deterministic: equal records give equal text.
"""

from functools import cache, lru_cache
from typing import Any, TypeVar

import msgspec

from limen.model.scope import Scope

T = TypeVar("T")

_REMEMBERED = 576
LONGEST = 4_096  # characters of a text worth remembering: together they stay around two MiB

_ENCODER = msgspec.json.Encoder(order="deterministic")


def encode(record: object) -> str:
    """Return the record as JSON text."""
    return _ENCODER.encode(record).decode()


def decode(kind: type[T], text: str) -> T:
    """Return the record of the given kind that the text holds."""
    known: Any = kind  # hashable, as every class is
    record: T = _decoder(known).decode(text)
    return record


def recall(kind: type[T], text: str) -> T:
    """Return what `decode` does; the same text, read again, is the very same record: nobody may change it.

    For what one request after another reads. The text comes from the database each time, so that nothing
    is ever out of date; only its meaning is remembered.
    """
    if len(text) > LONGEST:
        return decode(kind, text)
    known: Any = kind  # hashable, as every class is
    record: T = _recall(known, text)
    return record


@lru_cache(maxsize=_REMEMBERED)
def _recall(kind: Any, text: str) -> Any:
    return decode(kind, text)


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=_revive)


def _revive(kind: type[Any], value: Any) -> Any:
    """Make what JSON has no word for: a Scope travels as an array of its tokens."""
    if kind is Scope:
        return Scope(value)
    raise NotImplementedError(f"{kind.__name__} has no stored form")
