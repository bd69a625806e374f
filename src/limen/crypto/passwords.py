"""Slow hashes of what people chose: Argon2id (RFC 9106), in a bounded pool of threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from limen.crypto.imported_hashes import is_imported, verify_imported
from limen.errors import TemporarilyUnavailable
from limen.ports.world import Entropy

T = TypeVar("T")


class ArgonPasswords:
    """Argon2id with m=19 MiB, t=2, p=1 on `cores` threads; at most `queue` calls wait for a thread."""

    def __init__(self, entropy: Entropy, *, cores: int, queue: int = 64) -> None:
        self._entropy = entropy
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
        self._pool = ThreadPoolExecutor(max_workers=cores, thread_name_prefix="limen-hash")
        self._room = cores + queue
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        return await self._slowly(lambda: self._make(password))

    async def verify(self, password: str, hashed: str | None) -> bool:
        return await self._slowly(lambda: self._check(password, hashed))

    def is_outdated(self, hashed: str) -> bool:
        try:
            return is_imported(hashed) or self._hasher.check_needs_rehash(hashed)
        except InvalidHashError:
            return True

    def close(self) -> None:
        """Let running hashes finish and take no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _slowly(self, work: Callable[[], T]) -> T:
        # A queue without an end would let a flood of sign-ins starve everything else.
        if self._room == 0:
            raise TemporarilyUnavailable("too many sign-ins at the moment", detail="password pool is full")
        self._room -= 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        # The place is free when the thread is, not when a caller that lost patience goes away.
        future.add_done_callback(lambda _: self._leave())
        return await future

    def _leave(self) -> None:
        self._room += 1

    def _make(self, password: str) -> str:
        return self._hasher.hash(password.encode(), salt=self._entropy.octets(16))

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
            return self._hasher.verify(hashed, password.encode())
        except (Argon2Error, InvalidHashError):
            return False

    def _stranger(self) -> str:
        if self._dummy is None:
            self._dummy = self._make(self._entropy.handle())
        return self._dummy
