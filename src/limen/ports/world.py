"""Time and randomness, so that tests can hold both still."""

from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> int:
        """Return seconds since the epoch."""
        ...


class Entropy(Protocol):
    """The only source of randomness."""

    def handle(self) -> str:
        """Return an unguessable string: 256 bits as 43 base64url characters."""
        ...

    def identifier(self) -> str:
        """Return a unique, time-ordered identifier: 16 bytes as 32 lower-case hex digits."""
        ...

    def octets(self, count: int) -> bytes:
        """Return `count` random bytes."""
        ...
