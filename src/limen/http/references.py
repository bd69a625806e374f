"""Names for requests, short enough to read aloud: LMN-7F3K-9Q2D, 40 random bits (Crockford's base 32)."""

from limen.ports.world import Entropy

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_STOCK = 4096
_WIDTH = 5


class References:
    """Make references; randomness is drawn for hundreds at a time."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._stock = b""
        self._used = 0

    def next(self) -> str:
        """Return a new reference."""
        start = self._used
        if start + _WIDTH > len(self._stock):
            self._stock, start = self._entropy.octets(_STOCK), 0
        self._used = start + _WIDTH
        bits = int.from_bytes(self._stock[start : self._used])
        first = _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023]
        second = _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
        return f"LMN-{first}-{second}"
