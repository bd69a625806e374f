"""Making a client's secret: random, stored as a digest (RFC 6749 §2.3.1, OIDC Core §10.1)."""

from limen.model.client import Client, ClientSecret
from limen.model.secret import Secret
from limen.ports.keys import Keys
from limen.ports.world import Entropy
from limen.protocol.algorithms import HMAC_ALGS
from limen.tokens.digest import digest
from limen.tokens.hmac_secret import PURPOSE

PREFIX = "lm_cs_"  # so that people and secret scanners recognise it
_RANDOM = 64  # characters of base64url: RFC 7518 §3.2 asks for 64 octets for HS512, and libraries insist
_SIGNED = (
    "id_token_signed_response_alg", "userinfo_signed_response_alg", "authorization_signed_response_alg",
    "introspection_signed_response_alg", "request_object_signing_alg",
)  # fmt: skip


def make_client_secret(
    client: Client, *, keys: Keys, entropy: Entropy, now: int, expires_at: int = 0
) -> tuple[ClientSecret, Secret]:
    """Return the record to store and the secret to show once; the tenant's keys must be loaded."""
    secret = PREFIX + (entropy.handle() + entropy.handle())[:_RANDOM]
    record = ClientSecret(
        secret_id=entropy.identifier(),
        digest=digest(secret),
        # An HMAC needs the value itself; nobody else may ever read it again.
        sealed=keys.seal(client.tenant_id, PURPOSE, secret.encode()) if needs_value(client) else None,
        created_at=now,
        expires_at=expires_at,
    )
    return record, Secret(secret)


def living(client: Client, now: int) -> tuple[ClientSecret, ...]:
    """Return the secrets that have not expired, the oldest first."""
    return tuple(secret for secret in client.client_secrets if not 0 < secret.expires_at <= now)


def needs_value(client: Client) -> bool:
    """Tell whether the client's secret keys an HMAC, so that its digest is not enough."""
    if client.token_endpoint_auth_method == "client_secret_jwt":
        return True
    return any(getattr(client, name) in HMAC_ALGS for name in _SIGNED)
