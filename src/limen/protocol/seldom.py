"""Ask somebody else's server again only now and then: keys change, and calls are work (RFC 7517 §5)."""

AGAIN_AFTER = 30  # seconds
_MOST = 10_000


class Seldom:
    """Whoever sends what we do not know must not make us call others at will."""

    __slots__ = ("_asked",)

    def __init__(self) -> None:
        self._asked: dict[str, int] = {}

    def may_ask(self, url: str, now: int) -> bool:
        """Tell whether `url` may be asked again now; who is told so asks."""
        if now - self._asked.get(url, 0) < AGAIN_AFTER:
            return False
        if len(self._asked) >= _MOST:
            del self._asked[next(iter(self._asked))]
        self._asked[url] = now
        return True
