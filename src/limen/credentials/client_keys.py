"""Whether a client's keys are good enough, and ours fit what it wants signed (RFC 7591 §2, RFC 8725 §3.5)."""

from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.ports.keys import Jose, Keys

_SIGNED = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
)


def check_client_keys(client: Client, *, jose: Jose, keys: Keys) -> None:
    """Refuse weak or private keys of the client, and signatures for which its tenant has no key."""
    if client.jwks is not None and (reason := jose.check_jwks(client.jwks)):
        raise InvalidClientMetadata(f"jwks: {reason}")
    ours = keys.algorithms(client.tenant_id, "sig")
    for name in _SIGNED:
        alg = getattr(client, name)
        if alg is not None and alg != "none" and not alg.startswith("HS") and alg not in ours:
            raise InvalidClientMetadata(f"{name} {alg}: this tenant has no such key, but {', '.join(ours)}")
