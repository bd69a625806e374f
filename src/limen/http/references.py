"""Names for requests, short enough to read aloud: LMN-7F3K-9Q2D, 40 random bits (Crockford's base 32)."""

from limen.ports.world import Entropy

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_WIDTH = 5
_AT_ONCE = 512


class References:
    """Make references, hundreds at a time: one after the other takes a third of what one alone does."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._stock: list[str] = []

    def next(self) -> str:
        """Return a new reference."""
        if not self._stock:
            drawn = self._entropy.octets(_WIDTH * _AT_ONCE)
            self._stock = [_read(drawn[at : at + _WIDTH]) for at in range(0, len(drawn), _WIDTH)]
        return self._stock.pop()


def _read(octets: bytes) -> str:
    bits = int.from_bytes(octets)
    first = _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023]
    second = _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
    return f"LMN-{first}-{second}"
