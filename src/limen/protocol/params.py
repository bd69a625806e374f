"""Read a typed request from untyped parameters (RFC 6749 §3.1, §3.2).

The struct is the schema: a field's name is the parameter's name on the wire, a field with a
default is optional, and only a tuple may be sent more than once. A type with `parse` reads itself.
"""

import types
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import structs

from limen.errors import InvalidRequest
from limen.protocol.message import Params

T = TypeVar("T")
_Field = tuple[str, Callable[[str], Any], bool, bool]


def read(kind: Callable[..., T], params: Params) -> T:
    """Build `kind` from `params`, ignoring parameters it does not name; refuse with InvalidRequest."""
    values: dict[str, Any] = {}
    for name, parse, many, needed in schema(kind):
        if name not in params:
            if needed:
                raise InvalidRequest(f"{name} is missing")
        elif many:
            values[name] = tuple(parse(value) for value in params[name] if value)
        elif text := _single(name, params[name]):
            try:
                values[name] = parse(text)
            except ValueError:
                raise InvalidRequest(f"{name} is malformed") from None
        elif needed:
            raise InvalidRequest(f"{name} is missing")
    return kind(**values)


def required(params: Params, name: str) -> str:
    """Return the one value of a parameter; refuse with InvalidRequest when there is none, or more."""
    text = _single(name, params.get(name, ("",)))
    if not text:
        raise InvalidRequest(f"{name} is missing")
    return text


def _single(name: str, sent: tuple[str, ...]) -> str:
    if len(sent) > 1:
        raise InvalidRequest(f"{name} is included more than once")
    return sent[0]


_MOST_DIGITS = 10


def whole(text: str) -> int:
    """Read a non-negative decimal integer of at most ten digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ValueError(text)
    return int(text)


@cache
def schema(kind: Any) -> tuple[_Field, ...]:
    """Return (name, parser, may repeat, required) for each field of `kind`."""
    hints = get_type_hints(kind)
    return tuple(
        (f.name, _parser(hints[f.name]), get_origin(hints[f.name]) is tuple, f.required)
        for f in structs.fields(kind)
    )


def _parser(hint: Any) -> Callable[[str], Any]:
    if get_origin(hint) in {Union, types.UnionType, tuple}:
        hint = next(a for a in get_args(hint) if a is not type(None))
    if hint is int:
        return whole
    return getattr(hint, "parse", hint)  # type: ignore[no-any-return]
