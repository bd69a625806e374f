"""Client certificates: thumbprints and whose they are (RFC 8705 §2, §3.1; names by RFC 4514 and RFC 5280)."""

import base64
import contextlib
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from cryptography import x509

from limen.model.client import Client
from limen.protocol.distinguished_name import InvalidName, parse_name, relative_names


def thumbprint(der: bytes) -> str:
    """Return x5t#S256 of a certificate (RFC 8705 §3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def proves(client: Client, der: bytes) -> bool:
    """Tell whether the certificate names the subject the client registered (RFC 8705 §2.1.2).

    Whoever issued the certificate has been checked before; a client that registered none or several
    subjects matches nothing.
    """
    expected = [
        (test, value) for name, test in _TESTS.items() if (value := getattr(client, name)) is not None
    ]
    if len(expected) != 1:
        return False
    test, value = expected[0]
    try:
        return test(x509.load_der_x509_certificate(der), value)
    except (ValueError, TypeError, x509.DuplicateExtension, x509.InvalidVersion):
        return False


def is_subject(member: str, value: str) -> bool:
    """Tell whether `value` is a whole subject, as a client registers it in `member` (RFC 8705 §2.1.2)."""
    try:
        if member == "tls_client_auth_subject_dn":
            parse_name(value)
        elif member == "tls_client_auth_san_ip":
            ip_address(value)
    except ValueError:
        return False
    # Names are compared as they are: who registers a pattern expects more of it.
    return "*" not in value or member != "tls_client_auth_san_dns"


def is_registered(der: bytes, jwks: Mapping[str, Any]) -> bool:
    """Tell whether one of the client's keys carries this very certificate (RFC 8705 §2.2.2)."""
    ours = thumbprint(der)
    return any(hmac.compare_digest(ours, theirs) for theirs in _thumbprints(jwks))


def registered(jwks: Mapping[str, Any]) -> Iterator[bytes]:
    """Return the certificates that a client's keys carry, in DER (RFC 7517 §4.7)."""
    for key in _keys(jwks):
        chain = key.get("x5c")
        if isinstance(chain, list | tuple) and chain and isinstance(chain[0], str):
            with contextlib.suppress(ValueError):
                yield base64.b64decode(chain[0], validate=True)


def _has_subject(certificate: x509.Certificate, expected: str) -> bool:
    # The whole name in its order: one more, one less or one elsewhere is another subject.
    try:
        return relative_names(certificate.subject) == parse_name(expected)
    except InvalidName:
        return False


def _has_dns(certificate: x509.Certificate, expected: str) -> bool:
    # No wildcards: a certificate for *.example.com is not the client a.example.com.
    wanted = expected.lower().rstrip(".")
    return any(name.lower().rstrip(".") == wanted for name in _alternatives(certificate, x509.DNSName))


def _has_uri(certificate: x509.Certificate, expected: str) -> bool:
    return expected in _alternatives(certificate, x509.UniformResourceIdentifier)


def _has_ip(certificate: x509.Certificate, expected: str) -> bool:
    return ip_address(expected) in _alternatives(certificate, x509.IPAddress)


def _has_email(certificate: x509.Certificate, expected: str) -> bool:
    wanted = _mailbox(expected)
    return any(_mailbox(name) == wanted for name in _alternatives(certificate, x509.RFC822Name))


def _mailbox(text: str) -> tuple[str, str]:
    local, _, domain = text.rpartition("@")
    return local, domain.lower()


def _alternatives(certificate: x509.Certificate, kind: type[x509.GeneralName]) -> list[Any]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [name.value for name in extension.value if isinstance(name, kind)]


def _thumbprints(jwks: Mapping[str, Any]) -> Iterator[str]:
    yield from map(thumbprint, registered(jwks))
    for key in _keys(jwks):
        named = key.get("x5t#S256")
        # A certificate that is there counts, not what is said of it.
        if not key.get("x5c") and isinstance(named, str) and named.isascii():
            yield named


def _keys(jwks: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    keys = jwks.get("keys")
    return (key for key in (keys if isinstance(keys, list | tuple) else ()) if isinstance(key, Mapping))


_TESTS: dict[str, Callable[[x509.Certificate, str], bool]] = {
    "tls_client_auth_subject_dn": _has_subject,
    "tls_client_auth_san_dns": _has_dns,
    "tls_client_auth_san_uri": _has_uri,
    "tls_client_auth_san_ip": _has_ip,
    "tls_client_auth_san_email": _has_email,
}
