"""Names for requests, short enough to read aloud: LMN-7F3K-9Q2D, 40 random bits (Crockford's base 32)."""

from limen.ports.world import Entropy

_ALPHABET = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SYMBOLS = _ALPHABET * 8  # for each octet one: of its eight bits, five are used
_WIDTH = 8
_AT_ONCE = 512


class References:
    """Make references, hundreds at a time: to draw for each alone would take several times as long."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._stock: list[str] = []

    def next(self) -> str:
        """Return a new reference."""
        if not self._stock:
            drawn = self._entropy.octets(_WIDTH * _AT_ONCE).translate(_SYMBOLS).decode("ascii")
            starts = range(0, len(drawn), _WIDTH)
            self._stock = [f"LMN-{drawn[at : at + 4]}-{drawn[at + 4 : at + 8]}" for at in starts]
        return self._stock.pop()
