"""System clock and randomness: the only file that reads either (identifiers sort as in RFC 9562 §5.7)."""

import os
from binascii import b2a_base64
from collections import deque
from time import time, time_ns

_TO_URL = bytes.maketrans(b"+/", b"-_")
_AT_ONCE = 64  # pieces drawn by one call of the kernel; each call hands the interpreter to other threads
_LARGEST = 64  # bytes of a piece worth keeping in stock


class SystemClock:
    """The clock of the machine."""

    def now(self) -> int:
        return int(time())


class SystemEntropy:
    """The kernel's generator, asked for many pieces at a time.

    A piece leaves the stock in one atomic step, so threads never share one; a forked worker throws its
    parent's stock away.
    """

    __slots__ = ("_stock",)

    def __init__(self) -> None:
        self._stock: dict[int, deque[bytes]] = {}
        os.register_at_fork(after_in_child=self._stock.clear)

    def handle(self) -> str:
        return b2a_base64(self.octets(32), newline=False).translate(_TO_URL)[:43].decode("ascii")

    def identifier(self) -> str:
        # Milliseconds first, so that new rows go to the end of an index.
        return (time_ns() // 1_000_000).to_bytes(6, "big").hex() + self.octets(10).hex()

    def octets(self, count: int) -> bytes:
        try:
            return self._stock[count].popleft()
        except (KeyError, IndexError):
            return self._drawn(count)

    def _drawn(self, count: int) -> bytes:
        """Return a piece of what is drawn anew, and put the others in stock."""
        if not 0 < count <= _LARGEST:
            return os.urandom(count)
        drawn = os.urandom(count * _AT_ONCE)
        pieces = self._stock.setdefault(count, deque())
        pieces.extend(drawn[at : at + count] for at in range(count, len(drawn), count))
        return drawn[:count]
