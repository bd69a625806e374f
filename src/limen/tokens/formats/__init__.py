"""Access token formats: one file per format, told apart by shape."""

from limen.ports import Ports
from limen.tokens.formats.base import Format
from limen.tokens.formats.jwt import JwtFormat
from limen.tokens.formats.opaque import OpaqueFormat
from limen.tokens.formats.reference import ReferenceFormat


def all_formats(ports: Ports) -> tuple[Format, ...]:
    """Return every format; the first that recognises a token reads it."""
    return (OpaqueFormat(ports.keys), JwtFormat(ports.keys), ReferenceFormat(ports.storage, ports.entropy))
