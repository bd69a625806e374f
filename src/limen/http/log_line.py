"""One line of the log: JSON in which nothing begins another line, drives a terminal or tells a secret.

OWASP ASVS 16.2.5, 16.4.1. Every string is escaped by JSON; what we did not make up ourselves is shortened and
freed from what looks like a secret.
"""

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from limen.http.redaction import NAMES, REDACTED, redact

Facts = dict[str, Any]

TRACE = "exception"
LONGEST, LONGEST_TRACE = 512, 16_384
NOTHING: Facts = {}
_MOST_KNOWN, _RECURRING = 2_048, 64
# What terminals and editors act on without showing it: C1 controls, direction marks, line separators.
_DELETE = 0x7F  # as a number: octets are searched for one many times faster
_INVISIBLE = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class LineMaker:
    """Looks at each fact, but only once at texts that recur: names of tenants and clients, addresses.

    What it remembers is no secret: it was found to be none, and stands in the log as it is.
    """

    __slots__ = ("_harmless",)

    def __init__(self) -> None:
        self._harmless: set[object] = set()

    def encode(self, time: int, event: str, facts: Facts, ours: Facts = NOTHING) -> bytes:
        """Return the line; `ours` are facts of our own making, which need no look."""
        line: Facts = {"time": _written(time), "level": "info", "event": event, **ours, **facts}
        try:
            known = self._harmless.issuperset(facts.values()) and NAMES.isdisjoint(facts)
        except TypeError:  # one that has no hash
            known = False
        if not known:
            for fact, value in facts.items():
                longest = LONGEST_TRACE if fact == TRACE else LONGEST
                line[fact] = REDACTED if fact in NAMES else self._fact(value, longest)
        try:
            text = orjson.dumps(line)
        except TypeError:  # lone surrogates, enormous integers
            text = json.dumps(line).encode()
        if not text.isascii() or _DELETE in text:
            text = _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text.decode()).encode()
        return text + b"\n"

    def _fact(self, value: object, longest: int) -> int | float | str | None:
        """Return what may be logged of what we did not make up: a number, or short text without secrets."""
        if value is None or isinstance(value, (int, float)):
            return value
        sent = value if isinstance(value, str) else str(value)
        text = redact(sent)
        if text is value and len(text) <= _RECURRING:
            if len(self._harmless) >= _MOST_KNOWN:
                self._harmless.clear()
            self._harmless.add(text)
        return text if len(text) <= longest else f"{text[:longest]}…"


@lru_cache(maxsize=4)
def _written(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
