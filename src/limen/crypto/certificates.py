"""Certificates as people upload them, and whom we believe to issue them (RFC 5280, RFC 7517 §4.7)."""

import base64
import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from limen.crypto.foreign_keys import take, thumbprint
from limen.crypto.material import public_jwk
from limen.protocol.certificate import thumbprint as x5t

_LARGEST = 262_144
_ALLOWED_USES = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_DEPTH = 4


class InvalidCertificate(ValueError):
    """What was given is not a certificate we can use; the text says why, for the person who uploads it."""


def parse(data: bytes) -> list[x509.Certificate]:
    """Return the certificates in PEM (also URL-escaped), DER or PKCS #7, in the order they stand there."""
    if len(data) > _LARGEST:
        raise InvalidCertificate("the file is too large for a certificate")
    if data.lstrip()[:1] == b"-" and b"%" in data[:4096]:
        data = unquote_to_bytes(data)
    try:
        found = _parse(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidCertificate("the file is no certificate in PEM, DER or PKCS #7") from None
    if not found:
        raise InvalidCertificate("the file contains no certificate")
    return found


def leaf_of(found: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the one that no other of them was issued by; PKCS #7 puts a chain in any order."""
    each = set(found)
    ends = [c for c in each if not any(other.issuer == c.subject for other in each - {c})]
    if len(ends) != 1:
        raise InvalidCertificate("which of the certificates is meant? Leave that one, or it and its issuers")
    return ends[0]


def to_jwk(certificate: x509.Certificate) -> dict[str, Any]:
    """Return the certificate's key as a JWK that carries the certificate (RFC 7517 §4.7, §4.9)."""
    der = certificate.public_bytes(Encoding.DER)
    try:
        jwk: dict[str, Any] = dict(public_jwk(certificate.public_key()))
    except (LookupError, ValueError, UnsupportedAlgorithm):
        raise InvalidCertificate("the certificate's key is of a type that is not supported") from None
    if take(jwk) is None:
        raise InvalidCertificate("the certificate's key is too weak")
    return jwk | {"kid": thumbprint(jwk), "x5c": [base64.b64encode(der).decode()], "x5t#S256": x5t(der)}


def validity(certificate: x509.Certificate) -> tuple[int, int]:
    """Return the first and the last second in which the certificate is valid."""
    return (
        int(certificate.not_valid_before_utc.timestamp()),
        int(certificate.not_valid_after_utc.timestamp()),
    )


class Authorities:
    """The certification authorities whose client certificates we believe (RFC 8705 §2.1)."""

    def __init__(self, bundle: Sequence[x509.Certificate]) -> None:
        self._store = verification.Store(list(bundle))

    def trusts(self, der: bytes, chain: Sequence[bytes] = (), *, now: int) -> bool:
        """Tell whether a chain of valid certificates leads from an authority to this one."""
        try:
            leaf = x509.load_der_x509_certificate(der)
            between = [x509.load_der_x509_certificate(each) for each in chain]
            self._verifier(now).verify(leaf, between)
        except (ValueError, TypeError, verification.VerificationError, x509.DuplicateExtension):
            return False
        return True

    def _verifier(self, now: int) -> verification.ClientVerifier:
        builder = verification.PolicyBuilder().store(self._store).max_chain_depth(_DEPTH)
        builder = builder.time(datetime.fromtimestamp(now, UTC).replace(tzinfo=None))
        return builder.extension_policies(
            ca_policy=_CA_POLICY, ee_policy=_CLIENT_POLICY
        ).build_client_verifier()


def _may_sign(_: verification.Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("not an authority")


def _signs(_: verification.Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("the key may not sign certificates")


def _authenticates(_: verification.Policy, __: x509.Certificate, usage: x509.ExtendedKeyUsage | None) -> None:
    if usage is not None and _ALLOWED_USES.isdisjoint(usage):
        raise ValueError("not for clients")


# The rules of the public web ask for names that private authorities do not write (no subject alternative
# name, say); these ask for what makes a chain a chain.
_CA_POLICY = (
    verification.ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _may_sign)
    .may_be_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _signs)
)
_CLIENT_POLICY = verification.ExtensionPolicy.permit_all().may_be_present(
    x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, _authenticates
)


def _parse(data: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" in data:
        return x509.load_pem_x509_certificates(data)
    if b"-----BEGIN PKCS7-----" in data:
        return _unordered(pkcs7.load_pem_pkcs7_certificates, data)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return _unordered(pkcs7.load_der_pkcs7_certificates, data)


def _unordered(load: Callable[[bytes], list[x509.Certificate]], data: bytes) -> list[x509.Certificate]:
    """Read PKCS #7 as `openssl crl2pkcs7` writes it, too: not sorted, which is no reason for a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(data)
