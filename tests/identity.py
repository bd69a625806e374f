"""Keys with certificates as files, valid today: for servers and clients that speak TLS.

authority = Identity(folder, "authority", signs=True)
server = Identity(folder, "server", authority)          # server.chain and server.secret are PEM files
alone = Identity(folder, "alone")                       # its own authority
"""

import base64
import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = dt.timedelta(days=1)


def uses(*, signs):
    """Return the KeyUsage of an authority, or of one who only signs what is said (RFC 5280 §4.2.1.3)."""
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


class Identity:
    """A key with its certificate, by itself or by an authority."""

    def __init__(self, folder, name, authority=None, *, subject=None, signs=False):
        self.key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        own = x509.Name.from_rfc4514_string(subject or f"CN={name}")
        issuer, key = (authority.certificate.subject, authority.key) if authority else (own, self.key)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(own)
            .issuer_name(issuer)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=signs, path_length=None), critical=True)
            .add_extension(uses(signs=signs), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.chain, self.secret = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
        Path(self.chain).write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        Path(self.secret).touch(mode=0o600)
        Path(self.secret).write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def jwks(self):
        """A JWK Set that registers the certificate."""
        key, width = self.key.public_key().public_numbers(), 32
        return {
            "keys": [
                {
                    "kty": "EC",
                    "crv": "P-256",
                    "x": _b64(key.x.to_bytes(width, "big")),
                    "y": _b64(key.y.to_bytes(width, "big")),
                    "x5c": [base64.b64encode(self.der).decode()],
                }
            ]
        }


def _b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
