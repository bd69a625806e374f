"""User codes and polling (RFC 8628 §3.5, §6.1)."""

import dataclasses
from enum import Enum

from limen.errors import AccessDenied, AuthorizationPending, ExpiredToken, OAuthError, SlowDown
from limen.model.artifacts import DeviceCode
from limen.protocol.throttling import Limit

# Consonants spell no words, and none of these looks like another or like a digit (RFC 8628 §6.1).
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8  # 20^8 codes, and few tries
SLOWER = 5  # seconds (RFC 8628 §3.5)
PER_BROWSER = Limit(free=5, first_delay=600, longest_delay=600, window=600)
PER_SOURCE = Limit(free=20, first_delay=600, longest_delay=600, window=600)
_FAIR = 256 - 256 % len(ALPHABET)  # an octet below this makes every letter equally likely


def user_code(octets: bytes) -> str | None:
    """Return the code that random octets spell, None when they are too few."""
    letters = [ALPHABET[octet % len(ALPHABET)] for octet in octets if octet < _FAIR]
    return "".join(letters[:LENGTH]) if len(letters) >= LENGTH else None


def shown(code: str) -> str:
    """Return a user code as people read it: XXXX-XXXX."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str:
    """Return the user code somebody means: capitals, dashes and spaces do not matter."""
    return "".join(letter for letter in text[:64].upper() if letter in ALPHABET)


class Poll(Enum):
    """What a device that asks for its tokens is told."""

    READY = "ready"
    PENDING = "pending"
    TOO_SOON = "too_soon"
    DENIED = "denied"
    EXPIRED = "expired"


def judge(code: DeviceCode, now: int) -> Poll:
    """Decide on a poll. slow_down is a kind of pending: who was answered is answered however soon it asks."""
    if code.expires_at <= now:
        return Poll.EXPIRED
    if code.status == "approved":
        return Poll.READY
    if code.status == "denied":
        return Poll.DENIED
    return Poll.TOO_SOON if code.polled_at and now - code.polled_at < code.interval else Poll.PENDING


def polled(code: DeviceCode, verdict: Poll, now: int) -> DeviceCode:
    """Return the code with the poll remembered; polling too soon makes the interval longer."""
    slower = SLOWER if verdict is Poll.TOO_SOON else 0
    return dataclasses.replace(code, polled_at=now, interval=code.interval + slower)


def refusal(verdict: Poll) -> OAuthError:
    """Return the error of a poll that gets no tokens."""
    match verdict:
        case Poll.TOO_SOON:
            return SlowDown("the device polls too fast; wait 5 seconds longer between polls")
        case Poll.DENIED:
            return AccessDenied("the person denied the request")
        case Poll.EXPIRED:
            return ExpiredToken("the device code has expired; start again")
        case _:
            return AuthorizationPending("the person has not decided yet")
