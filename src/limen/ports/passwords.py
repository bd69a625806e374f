"""Slow hashes of what people chose (RFC 9106)."""

from typing import Protocol


class Passwords(Protocol):
    """Hash and verify off the event loop, in a bounded pool; TemporarilyUnavailable when it is full."""

    async def hash(self, password: str) -> str:
        """Return an Argon2id hash string."""
        ...

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Tell whether `password` is right; without a hash spend the same time and say no."""
        ...
