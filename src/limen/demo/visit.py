"""What the demonstration remembers of one browser: its request under way, then its tokens (RFC 7636 §4.1)."""

from dataclasses import dataclass
from typing import Any

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One step of the sign-in, for people to read."""

    title: str
    detail: str
    milliseconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The token response, with what the ID token and userinfo said."""

    response: dict[str, Any]
    header: dict[str, Any]
    claims: dict[str, Any]
    userinfo: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`state`, `nonce` and `verifier` belong to one request; `form_token` to this browser."""

    state: str
    nonce: str
    verifier: str
    form_token: str
    tokens: Tokens | None = None
    refreshed: bool = False
    happened: tuple[Happened, ...] = ()


class Visits:
    """Visits by the handle in the browser's cookie; the oldest go when there are too many."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}

    def keep(self, handle: str, visit: Visit) -> None:
        """Remember `visit`, instead of the one the handle had."""
        self._visits.pop(handle, None)
        self._visits[handle] = visit
        while len(self._visits) > MOST:
            del self._visits[next(iter(self._visits))]

    def find(self, handle: str | None) -> Visit | None:
        """Return the visit of `handle`."""
        return self._visits.get(handle or "")

    def forget(self, handle: str) -> None:
        """Drop the visit of `handle`."""
        self._visits.pop(handle, None)
