"""Material of our own keys: made, stored as PKCS #8 (RFC 5958), published as JWK (RFC 7517, RFC 7518 §6)."""

from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from limen.crypto import base64url

RSA_BITS = 2048
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "ES256": ec.SECP256R1,
    "ES384": ec.SECP384R1,
    "ES512": ec.SECP521R1,
    "ECDH-ES": ec.SECP256R1,
}
_CURVE_NAMES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}

Jwk = dict[str, str]


class Material(NamedTuple):
    """A new key pair: what goes into the envelope, and the members everybody may see."""

    private: bytes
    public: Jwk


def generate(alg: str) -> Material:
    """Make a key pair for a signature or key management algorithm. Slow for RSA: call it in a thread."""
    private: PrivateKeyTypes
    if alg == "EdDSA":
        private = ed25519.Ed25519PrivateKey.generate()
    elif alg in _CURVES:
        private = ec.generate_private_key(_CURVES[alg]())
    elif alg[:2] in {"RS", "PS"}:
        private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    else:
        raise LookupError(alg)
    der = private.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    return Material(der, public_jwk(private.public_key()))


def load_private(der: bytes) -> PrivateKeyTypes:
    """Return the private key of an envelope."""
    # The envelope authenticates the key; checking its primes again would cost 30 ms at every start.
    return form.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)


def public_jwk(public: object) -> Jwk:
    """Return the public JWK members of a key, without alg, use and kid."""
    match public:
        case rsa.RSAPublicKey():
            numbers = public.public_numbers()
            return {"kty": "RSA", "n": _uint(numbers.n), "e": _uint(numbers.e)}
        case ec.EllipticCurvePublicKey():
            point, size = public.public_numbers(), (public.key_size + 7) // 8
            name = _CURVE_NAMES.get(public.curve.name)
            if name is None:
                raise LookupError(public.curve.name)
            return {"kty": "EC", "crv": name, "x": _uint(point.x, size), "y": _uint(point.y, size)}
        case ed25519.Ed25519PublicKey():
            return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(public.public_bytes_raw())}
        case _:
            raise LookupError(type(public).__name__)


def _uint(number: int, size: int = 0) -> str:
    return base64url.encode(number.to_bytes(size or (number.bit_length() + 7) // 8, "big"))
