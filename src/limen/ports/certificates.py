"""Whose client certificates are believed (RFC 8705 §2.1); a self-signed one needs nobody's word (§2.2)."""

from collections.abc import Sequence
from typing import Protocol


class Certificates(Protocol):
    """Knows the certification authorities of this server's clients."""

    def trusts(self, der: bytes, chain: Sequence[bytes] = (), *, now: int) -> bool:
        """Tell whether valid certificates lead from a known authority to this one, for a client's use."""
        ...
