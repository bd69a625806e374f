"""Documents that change seldom and are read often: discovery and keys (OIDC Discovery §4, RFC 7517 §5)."""

from collections.abc import Callable

import orjson

from limen.protocol.answer import Body

_MOST_KNOWN = 10_000
_REMEMBERED = {"Cache-Control": "public, max-age=300"}


class Published:
    """Keeps a document as long as what it was made of are the very same objects."""

    __slots__ = ("_known", "_media_type")

    def __init__(self, media_type: str) -> None:
        self._media_type = media_type
        self._known: dict[tuple[str, str], tuple[object, object, Body]] = {}

    def of(self, key: tuple[str, str], first: object, second: object, make: Callable[[], object]) -> Body:
        """Return the document of `key`, made anew unless it was made of this `first` and this `second`."""
        known = self._known.get(key)
        if known is not None and known[0] is first and known[1] is second:
            return known[2]
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        body = Body(content=orjson.dumps(make()), media_type=self._media_type, headers=_REMEMBERED)
        self._known[key] = (first, second, body)
        return body
