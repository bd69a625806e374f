"""Distinguished names as text (RFC 4514 §3) and as a certificate has them (RFC 5280 §4.1.2.6).

Both become the same value: one set of (object identifier, text) per relative name, the most specific
first. Spaces around separators are forgiven (RFC 2253 §4); letter case of values is not.
"""

import re

from cryptography import x509
from cryptography.x509.oid import NameOID

RelativeName = frozenset[tuple[str, str]]

_OIDS = {
    "CN": NameOID.COMMON_NAME.dotted_string,
    "C": NameOID.COUNTRY_NAME.dotted_string,
    "L": NameOID.LOCALITY_NAME.dotted_string,
    "ST": NameOID.STATE_OR_PROVINCE_NAME.dotted_string,
    "S": NameOID.STATE_OR_PROVINCE_NAME.dotted_string,
    "STREET": NameOID.STREET_ADDRESS.dotted_string,
    "O": NameOID.ORGANIZATION_NAME.dotted_string,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME.dotted_string,
    "DC": NameOID.DOMAIN_COMPONENT.dotted_string,
    "UID": NameOID.USER_ID.dotted_string,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER.dotted_string,
    "E": NameOID.EMAIL_ADDRESS.dotted_string,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS.dotted_string,
    "SN": NameOID.SURNAME.dotted_string,
    "GN": NameOID.GIVEN_NAME.dotted_string,
    "GIVENNAME": NameOID.GIVEN_NAME.dotted_string,
    "T": NameOID.TITLE.dotted_string,
    "TITLE": NameOID.TITLE.dotted_string,
    "POSTALCODE": NameOID.POSTAL_CODE.dotted_string,
    "BUSINESSCATEGORY": NameOID.BUSINESS_CATEGORY.dotted_string,
    "ORGANIZATIONIDENTIFIER": NameOID.ORGANIZATION_IDENTIFIER.dotted_string,
    "JURISDICTIONC": NameOID.JURISDICTION_COUNTRY_NAME.dotted_string,
    "JURISDICTIONST": NameOID.JURISDICTION_STATE_OR_PROVINCE_NAME.dotted_string,
    "JURISDICTIONL": NameOID.JURISDICTION_LOCALITY_NAME.dotted_string,
}
_OID = re.compile(r"[0-2](\.(0|[1-9]\d{0,9})){1,30}")
_PAIR = re.compile(r"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_SPECIAL = frozenset(' "#+,;<=>\\')
_HEX = re.compile(r"#((?:[0-9A-Fa-f]{2}){2,1024})")
_TEXT_TAGS = {0x0C: "utf-8", 0x13: "ascii", 0x16: "ascii"}  # UTF8String, PrintableString, IA5String
_SHORT_FORM = 0x80
_LONGEST = 4_096


class InvalidName(ValueError):
    """The text is not a distinguished name."""


def parse_name(text: str) -> tuple[RelativeName, ...]:
    """Read a name as RFC 4514 writes it: the most specific part first."""
    if not text or len(text) > _LONGEST:
        raise InvalidName(text[:64])
    return tuple(_relative(part) for part in _split(text, ","))


def relative_names(name: x509.Name) -> tuple[RelativeName, ...]:
    """Read a certificate's name, which is encoded with the most specific part last."""
    return tuple(
        frozenset((attribute.oid.dotted_string, _text(attribute.value)) for attribute in rdn)
        for rdn in reversed(name.rdns)
    )


def _relative(text: str) -> RelativeName:
    parts = [_attribute(part) for part in _split(text, "+")]
    if len(set(parts)) != len(parts):
        raise InvalidName("an attribute is repeated")
    return frozenset(parts)


def _attribute(text: str) -> tuple[str, str]:
    kind, separator, value = text.partition("=")
    kind = kind.strip(" ").upper().removeprefix("OID.")
    oid = _OIDS.get(kind) or (kind if _OID.fullmatch(kind) else None)
    if oid is None or not separator:
        raise InvalidName("an attribute has no known type")
    return oid, _value(value)


def _value(text: str) -> str:
    text = text.lstrip(" ")
    while text.endswith(" ") and not _ends_in_escape(text):
        text = text[:-1]
    if text.startswith("#"):
        return _hexadecimal(text)
    if any(letter in '"+,;<>' for letter in _PAIR.sub("", text)) or "\0" in text:
        raise InvalidName("a special character is not escaped")
    return _unescape(text)


def _ends_in_escape(text: str) -> bool:
    stem = text[:-1]
    return (len(stem) - len(stem.rstrip("\\"))) % 2 == 1


def _unescape(text: str) -> str:
    raw, position = bytearray(), 0
    for pair in _PAIR.finditer(text):
        raw += text[position : pair.start()].encode()
        escaped = pair[1]
        if escaped in _SPECIAL:
            raw += escaped.encode()
        elif len(escaped) > 1:
            raw.append(int(escaped, 16))
        else:
            raise InvalidName("an unknown escape")
        position = pair.end()
    rest = text[position:]
    if "\\" in rest:
        raise InvalidName("an escape is cut off")
    try:
        return (raw + rest.encode()).decode("utf-8")
    except UnicodeError:
        raise InvalidName("an escape is not UTF-8") from None


def _hexadecimal(text: str) -> str:
    found = _HEX.fullmatch(text)
    der = bytes.fromhex(found[1]) if found else b"\0\0"
    encoding = _TEXT_TAGS.get(der[0])
    if encoding is None or der[1] >= _SHORT_FORM or der[1] != len(der) - 2:
        raise InvalidName("a hexadecimal value is no text")
    try:
        return der[2:].decode(encoding)
    except UnicodeDecodeError:
        raise InvalidName("a hexadecimal value is no text") from None


def _split(text: str, separator: str) -> list[str]:
    """Split at separators that are not escaped."""
    parts, start, position = [], 0, 0
    while position < len(text):
        if text[position] == "\\":
            position += 2
            continue
        if text[position] == separator:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _text(value: str | bytes) -> str:
    # A bit string is no text; its hexadecimal form can equal nothing that parse_name returns.
    return value if isinstance(value, str) else f"\0{value.hex()}"
