"""What clients prove themselves with: keys, assertions, DPoP proofs and certificates, signed by other hands.

PyJWT and cryptography make them, so that nothing of Limen's judges its own work.
"""

import base64
import datetime as dt
import hashlib
import itertools
import json

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_numbers = itertools.count()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class ClientKey:
    """A key pair with a kid; `alg` decides its kind."""

    def __init__(self, alg="ES256", *, bits=2048, kid=None):
        self.alg, self.kid = alg, kid or f"key-{next(_numbers)}"
        if alg.startswith(("RS", "PS")):
            self.private = rsa.generate_private_key(65537, bits)
        elif alg == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        else:
            curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
            self.private = ec.generate_private_key(curves[alg])

    @property
    def bare(self):
        """The public JWK with nothing but the key."""
        text = jwt.get_algorithm_by_name(self.alg).to_jwk(self.private.public_key())
        members = json.loads(text) if isinstance(text, str) else text
        return {name: members[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in members}

    @property
    def jwk(self):
        return {**self.bare, "kid": self.kid, "use": "sig", "alg": self.alg}

    @property
    def jwks(self):
        return {"keys": [self.jwk]}

    @property
    def thumbprint(self):
        members = {name: self.bare[name] for name in sorted(self.bare)}
        return b64(hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest())

    @property
    def pem(self):
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, claims, **header):
        """A JWS; a header member that is None is left out."""
        return jwt.encode(claims, self.private, algorithm=self.alg, headers={"kid": self.kid, **header})


def said(claims, changes):
    """Claims with changes; one that is None is left out."""
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def assertion_claims(world, client_id="web", **changes):
    now = world.clock.now()
    claims = {
        "iss": client_id, "sub": client_id, "aud": "https://id.test", "iat": now, "exp": now + 60,
        "jti": f"jti-{next(_numbers)}",
    }  # fmt: skip
    return said(claims, changes)


def asserted(token):
    """The parameters that carry an assertion."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": token}


def proof(
    world, key, url="https://id.test/oauth2/token", *, method="POST", token=None, header=None, **changes
):
    """A DPoP proof for one request."""
    claims = {"jti": f"jti-{next(_numbers)}", "htm": method, "htu": url, "iat": world.clock.now()}
    if token is not None:
        claims["ath"] = b64(hashlib.sha256(token.encode()).digest())
    fields = {"typ": "dpop+jwt", "jwk": key.bare, **(header or {})}
    return jwt.encode(said(claims, changes), key.private, algorithm=key.alg, headers=fields)


def at_token(world, key, **changes):
    return {"DPoP": proof(world, key, **changes)}


def at_userinfo(world, key, token, **changes):
    return {
        "DPoP": proof(world, key, "https://id.test/oauth2/userinfo", method="GET", token=token, **changes)
    }


class Authority:
    """A certification authority, valid around the world's fixed clock."""

    def __init__(self, at=1_800_000_000):
        self.key, self.at = ec.generate_private_key(ec.SECP256R1()), at
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        self.certificate = self._build(self.name, self.key.public_key(), ca=True)

    def issue(self, subject="CN=web,O=Limen", *, sans=()):
        """A client's certificate in DER."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name.from_rfc4514_string(subject)
        return der(self._build(name, key.public_key(), ca=False, sans=sans))

    def _build(self, name, public, *, ca, sans=()):
        day = dt.timedelta(days=1)
        now = dt.datetime.fromtimestamp(self.at, dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - day)
            .not_valid_after(now + 30 * day)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
            builder = builder.add_extension(uses, critical=False)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(sans)), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def self_signed():
    """A certificate that is its own authority, in DER."""
    return der(Authority().certificate)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def x5t(certificate):
    return b64(hashlib.sha256(certificate).digest())


def certificate_jwks(certificate):
    """A JWK Set that registers a certificate."""
    return {"keys": [{"kty": "EC", "x5c": [base64.b64encode(certificate).decode()]}]}
