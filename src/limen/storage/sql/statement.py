"""One SQL text for every dialect: `:name` parameters, and comments that speak to one dialect alone.

A comment that opens with a dialect's name is text for that dialect: `/*postgres FOR SHARE*/`. Nothing else
in a statement may look like `:name`.
"""

import re
from collections.abc import Callable
from operator import attrgetter, itemgetter
from typing import Any

Values = tuple[Any, ...]

_NAME = re.compile(r"(?<!:):([a-z_]+)")


class Statement:
    """A text with the names of its parameters, in the order in which values are bound.

    `bind` takes the values from a mapping, `members` from an object that has them as its own.
    """

    __slots__ = ("bind", "members", "names", "reads", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.names = tuple(dict.fromkeys(_NAME.findall(text)))
        self.bind = tuple_of(itemgetter, self.names)
        self.members = tuple_of(attrgetter, self.names)
        self.reads = text.startswith("SELECT")  # its condition is a row read, not a row touched

    def numbered(self, dialect: str, sign: str) -> str:
        """Return the text as the dialect wants it: the first parameter is `sign` 1, the next `sign` 2."""
        numbers = {name: f"{sign}{number}" for number, name in enumerate(self.names, 1)}
        return _NAME.sub(lambda found: numbers[found[1]], spoken(dialect, self.text))


def spoken(dialect: str, text: str) -> str:
    """Return the text with the comments meant for the dialect made part of it."""
    return re.sub(rf"/\*{dialect} (.*?)\*/", r"\1", text)


def tuple_of(getter: Callable[..., Callable[[Any], Any]], names: tuple[str, ...]) -> Callable[[Any], Values]:
    """Return what gets the named values as a tuple, however few they are."""
    if not names:
        return lambda _: ()
    if len(names) == 1:
        only = getter(names[0])
        return lambda values: (only(values),)
    return getter(*names)
