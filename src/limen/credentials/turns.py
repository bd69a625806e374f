"""One after another, for many guesses at once would all find no failures counted (NIST SP 800-63B §3.2.2)."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A lock for each tenant and name, kept as long as somebody waits for it; within one process."""

    __slots__ = ("_locks",)

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def of(self, tenant_id: str, name: str) -> asyncio.Lock:
        return self._locks.setdefault((tenant_id, name), asyncio.Lock())
