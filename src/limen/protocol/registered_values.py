"""The registered values that metadata may take (IANA OAuth Parameters; RFC 7518; OIDC Registration §2)."""

AUTH_METHODS = (
    "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth",
    "self_signed_tls_client_auth", "none",
)  # fmt: skip
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CIBA = "urn:openid:params:grant-type:ciba"
GRANT_TYPES = (
    "authorization_code", "refresh_token", "client_credentials", "implicit", "password", DEVICE_CODE,
    TOKEN_EXCHANGE, JWT_BEARER, CIBA,
)  # fmt: skip
RESPONSE_TYPES = (
    "code", "id_token", "token", "id_token token", "code id_token", "code token",
    "code id_token token", "none",
)  # fmt: skip

SIGNING_ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
FAPI_ALGORITHMS = frozenset({"PS256", "ES256", "EdDSA"})
HMAC_ALGORITHMS = ("HS256", "HS384", "HS512")
KEY_ALGORITHMS = (
    "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW",
)  # fmt: skip
CONTENT_ALGORITHMS = (
    "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM",
)  # fmt: skip
