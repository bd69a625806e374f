"""The algorithms Limen works with (RFC 7518, RFC 8037, RFC 8725 §3.2, RFC 9864)."""

SIGNING_ALGS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
FAPI_ALGS = frozenset({"PS256", "ES256", "EdDSA"})  # FAPI 2 Security §5.4
HMAC_ALGS = ("HS256", "HS384", "HS512")
ENCRYPTION_ALGS = (
    "RSA-OAEP",
    "RSA-OAEP-256",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A192KW",
    "ECDH-ES+A256KW",
)
ENCRYPTION_ENCS = ("A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512")
DEFAULT_ENC = "A128CBC-HS256"  # OIDC Registration §2: where an alg was registered alone


def plain_name(alg: str) -> str:
    """Return the name Limen uses: Ed25519 is what RFC 9864 §2.2 calls EdDSA with the curve we know."""
    return "EdDSA" if alg == "Ed25519" else alg
