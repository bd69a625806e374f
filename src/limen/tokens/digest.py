"""Stored handles are digests, so that a stolen database holds no usable credential."""

import hashlib
import hmac


def digest(handle: str) -> str:
    """Return SHA-256 of the handle as 64 hex digits."""
    return hashlib.sha256(handle.encode("utf-8", "surrogatepass")).hexdigest()


def is_same(kept: str, presented: str) -> bool:
    """Compare in constant time, whatever characters a stranger sent."""
    return hmac.compare_digest(digest(kept), digest(presented))
