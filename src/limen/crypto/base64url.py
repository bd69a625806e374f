"""Strict base64url without padding (RFC 4648 §5, RFC 7515 §2): one text for one value, no other accepted."""

from binascii import Error, a2b_base64, b2a_base64

# The other alphabet's characters become invalid, not synonyms.
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING = (b"", None, b"==", b"=")
# The last character must leave no bits over; else several texts would mean one value.
_LAST = (None, frozenset[int](), frozenset(b"AQgw"), frozenset(b"AEIMQUYcgkosw048"))


def encode(value: bytes) -> str:
    """Return the one base64url text of `value`."""
    return octets(value).decode()


def octets(value: bytes) -> bytes:
    """Return what `encode` does, as the octets that are signed or sent."""
    return b2a_base64(value, newline=False).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")


def decode(text: str) -> bytes | None:
    """Return the value of a canonical base64url text, or None."""
    try:
        data = text.encode("ascii")
    except UnicodeEncodeError:
        return None
    rest = len(data) & 3
    last, padding = _LAST[rest], _PADDING[rest]
    if padding is None or (last is not None and data[-1] not in last):
        return None
    try:
        return a2b_base64(data.translate(_FROM_URL) + padding, strict_mode=True)
    except Error:
        return None
