"""Read application/x-www-form-urlencoded, strictly (WHATWG URL §5.1 as RFC 6749 appendix B restricts it).

What a lenient reader would guess at is refused: a broken percent sequence, bytes that are no UTF-8, NUL.
Raw spaces and characters that ought to have been encoded mean themselves; many clients send them.
"""

import re
from urllib.parse import unquote_to_bytes

from limen.errors import InvalidRequest
from limen.protocol.message import NOTHING, Params

LIMIT = 100
_BROKEN = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def read_form(data: bytes) -> Params:
    """Return every parameter with all its values, in the order they were sent; or InvalidRequest."""
    if not data:
        return NOTHING
    if data.count(b"&") >= LIMIT:
        raise InvalidRequest("there are too many parameters")
    encoded = b"%" in data or b"+" in data
    if encoded and _BROKEN.search(data):
        raise InvalidRequest("a parameter is not percent-encoded correctly")
    try:
        found = _pairs(data.decode(), encoded=encoded)
    except UnicodeDecodeError:
        raise InvalidRequest("a parameter is not UTF-8") from None
    if b"\x00" in data or (encoded and b"%00" in data):
        raise InvalidRequest("a parameter contains NUL")
    return found


def _pairs(text: str, *, encoded: bool) -> Params:
    found: dict[str, tuple[str, ...]] = {}
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if encoded and ("%" in pair or "+" in pair):
            name, value = _decode(name), _decode(value)
        found[name] = (*found[name], value) if name in found else (value,)
    return found


def _decode(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text
