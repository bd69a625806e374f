"""A client's certificate as a proxy passes it on (RFC 9440 §2.1; PEM as nginx escapes it; bare base64)."""

import base64
import binascii
import re
from typing import Literal
from urllib.parse import unquote_to_bytes

from limen.http.refused import Refused

Form = Literal["rfc9440", "pem", "base64"]
EXTENSION = "limen.certificate"

_PEM = re.compile(
    rb"\s*-----BEGIN CERTIFICATE-----(?P<content>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*", re.DOTALL
)
_BYTE_SEQUENCE = re.compile(r":[A-Za-z0-9+/=]*:")
_SEQUENCE = 0x30
_SHORTEST = 64


def read(value: str, form: Form) -> bytes | None:
    """Return the certificate in DER; None when the proxy saw none; Refused when it is malformed."""
    text = value.strip()
    if not text:
        return None
    try:
        der = _decode(text, form)
    except (ValueError, binascii.Error):
        raise Refused(400, "the client certificate is malformed") from None
    if len(der) < _SHORTEST or der[0] != _SEQUENCE:
        raise Refused(400, "the client certificate is malformed")
    return der


def _decode(text: str, form: Form) -> bytes:
    if form == "base64":
        return base64.b64decode(text, validate=True)
    if form == "rfc9440":
        if not _BYTE_SEQUENCE.fullmatch(text):
            raise ValueError("no byte sequence")
        return base64.b64decode(text[1:-1], validate=True)
    found = _PEM.fullmatch(unquote_to_bytes(text))
    if found is None:
        raise ValueError("no PEM")
    return base64.b64decode(b"".join(found["content"].split()), validate=True)
