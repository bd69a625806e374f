"""What the clients of a conformance run prove themselves with: keys, certificates, and an authority for them.

Made afresh for each folder (RFC 7517 §4, RFC 5280 §4, RFC 8705 §2.1), so that no run knows another's.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.system import SystemClock

_DAYS = 365
_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pem:
    """A certificate and its private key, as text."""

    certificate: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One of the two clients the suite plays at a time: `number` is 1 or 2, `jwk` holds the private key."""

    number: int
    jwk: dict[str, Any]
    pem: Pem

    @property
    def subject(self) -> str:
        """Return the distinguished name in the certificate (RFC 4514)."""
        return f"CN=conformance-client-{self.number}"

    @property
    def public_jwk(self) -> dict[str, Any]:
        """Return what is registered."""
        return {name: self.jwk[name] for name in ("kty", "n", "e", "kid", "alg", "use")}


@dataclass(frozen=True, slots=True)
class Authority:
    """Issues certificates; its key is forgotten when the folder is prepared."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def pem(self) -> str:
        """Return the certificate as text."""
        return _text(self.certificate)

    def issue_server(self, base: str) -> Pem:
        """Return the certificate of the host in `base`."""
        host = urlsplit(base).hostname or ""
        try:
            name: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            name = x509.DNSName(host)
        return self._issue(host[:64], ExtendedKeyUsageOID.SERVER_AUTH, x509.SubjectAlternativeName([name]))

    def issue_client(self, common_name: str) -> Pem:
        """Return the certificate of a client."""
        return self._issue(common_name, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(self, common_name: str, use: x509.ObjectIdentifier, *more: x509.ExtensionType) -> Pem:
        key = _new_key()
        builder = _builder(common_name, self.certificate.subject, key.public_key(), self.key.public_key())
        for extension in (
            x509.BasicConstraints(ca=False, path_length=None),
            x509.ExtendedKeyUsage([use]),
            *more,
        ):
            builder = builder.add_extension(extension, critical=False)
        return Pem(certificate=_text(builder.sign(self.key, hashes.SHA256())), key=_private(key))


def make_authority() -> Authority:
    """Make the authority of one run."""
    key = _new_key()
    name = _name("Limen conformance run")
    builder = _builder("Limen conformance run", name, key.public_key(), key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_SIGNS_CERTIFICATES, critical=True)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def make_seat(number: int, authority: Authority) -> Seat:
    """Make key and certificate of one client."""
    from joserfc.jwk import RSAKey

    made = RSAKey.generate_key(2048, auto_kid=False).as_dict(private=True)
    jwk = {**made, "kid": f"conformance-{number}", "alg": "PS256", "use": "sig"}
    pem = authority.issue_client(f"conformance-client-{number}")
    return Seat(number=number, jwk=json.loads(json.dumps(jwk)), pem=pem)


def _new_key() -> rsa.RSAPrivateKey:
    # FAPI 1 Advanced §8.5 names suites for RSA certificates alone.
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    common_name: str, issuer: x509.Name, key: rsa.RSAPublicKey, issuer_key: rsa.RSAPublicKey
) -> x509.CertificateBuilder:
    """Return what every certificate has: Python from 3.13 refuses one that does not name its issuer's key."""
    now = datetime.fromtimestamp(SystemClock().now(), UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
