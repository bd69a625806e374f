"""Polling for what a person decides elsewhere (RFC 8628 §3.5, CIBA Core §7.3, §11)."""

from enum import Enum
from typing import TypeVar

from msgspec import structs

from limen.errors import AccessDenied, AuthorizationPending, ExpiredToken, OAuthError, SlowDown
from limen.model.artifacts import BackchannelRequest, DeviceCode

Waiting = TypeVar("Waiting", DeviceCode, BackchannelRequest)
SLOWER = 5  # seconds (RFC 8628 §3.5)
LONGEST_INTERVAL = 60  # then a poll of the same second changes nothing, and need not be written


class Poll(Enum):
    """What a client that asks for its tokens is told."""

    READY = "ready"
    PENDING = "pending"
    TOO_SOON = "too_soon"
    DENIED = "denied"
    EXPIRED = "expired"


def judge(code: DeviceCode | BackchannelRequest, now: int) -> Poll:
    """Decide on a poll. slow_down is a kind of pending: who was answered is answered however soon it asks."""
    if code.expires_at <= now:
        return Poll.EXPIRED
    if code.status == "approved":
        return Poll.READY
    if code.status == "denied":
        return Poll.DENIED
    return Poll.TOO_SOON if code.polled_at and now - code.polled_at < code.interval else Poll.PENDING


def polled(code: Waiting, verdict: Poll, now: int) -> Waiting:
    """Return the code with the poll remembered; polling too soon makes the interval longer."""
    interval = code.interval
    if verdict is Poll.TOO_SOON:
        interval = max(interval, min(interval + SLOWER, LONGEST_INTERVAL))
    return structs.replace(code, polled_at=now, interval=interval)


def refusal(verdict: Poll) -> OAuthError:
    """Return the error of a poll that gets no tokens."""
    match verdict:
        case Poll.TOO_SOON:
            return SlowDown("the client polls too fast; wait 5 seconds longer between polls")
        case Poll.DENIED:
            return AccessDenied("the person denied the request")
        case Poll.EXPIRED:
            return ExpiredToken("the request has expired; start again")
        case _:
            return AuthorizationPending("the person has not decided yet")
