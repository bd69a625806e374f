"""Slow hashes of what people chose: Argon2id (RFC 9106), in a bounded pool of threads."""

from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import Argon2Error

from limen.crypto.imported_hashes import is_imported, verify_imported
from limen.crypto.threads import Full, Threads
from limen.errors import TemporarilyUnavailable
from limen.ports.world import Entropy

T = TypeVar("T")

# An imported hash that asks for more than this would be a way to stop the server.
_MOST_KIBIBYTES, _MOST_PASSES = 1_048_576, 20


class ArgonPasswords:
    """Argon2id with m=19 MiB, t=2, p=1 on `cores` threads; at most `queue` calls wait for a thread."""

    def __init__(self, entropy: Entropy, *, cores: int, queue: int = 64) -> None:
        self._entropy = entropy
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
        self._threads = Threads("limen-hash", count=cores, queue=queue)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        return await self._slowly(lambda: self._make(password))

    async def verify(self, password: str, hashed: str | None) -> bool:
        return await self._slowly(lambda: self._check(password, hashed))

    def close(self) -> None:
        """Let running hashes finish and take no more."""
        self._threads.close()

    async def _slowly(self, work: Callable[[], T]) -> T:
        try:
            return await self._threads.do(work)
        except Full:  # a queue without an end would let a flood of sign-ins starve everything else
            raise TemporarilyUnavailable(
                "too many sign-ins at the moment", detail="password pool is full"
            ) from None

    def _make(self, password: str) -> str:
        return self._hasher.hash(_octets(password), salt=self._entropy.octets(16))

    def _check(self, password: str, hashed: str | None) -> bool:
        if hashed is None:
            # An unknown person costs what a known one costs, so that time does not tell who exists.
            self._matches(password, self._stranger())
            return False
        if is_imported(hashed):
            return verify_imported(password, hashed)
        return self._matches(password, hashed)

    def _matches(self, password: str, hashed: str) -> bool:
        try:
            return not _is_excessive(hashed) and self._hasher.verify(hashed, _octets(password))
        except (Argon2Error, ValueError):
            return False

    def _stranger(self) -> str:
        if self._dummy is None:
            self._dummy = self._make(self._entropy.handle())
        return self._dummy


def _is_excessive(hashed: str) -> bool:
    asked = extract_parameters(hashed)
    return asked.memory_cost > _MOST_KIBIBYTES or asked.time_cost > _MOST_PASSES


def _octets(password: str) -> bytes:
    # What is no text is no password of anybody, but it must not be an accident either.
    return password.encode("utf-8", "surrogatepass")
