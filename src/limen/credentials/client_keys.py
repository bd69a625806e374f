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
    wanted = {name: getattr(client, name) for name in _SIGNED}
    own = {name: alg for name, alg in wanted.items() if alg and (alg == "none" or alg.startswith("HS"))}
    wanted["limen_access_token_signing_alg"] = client.settings.access_token_signing_alg
    ours = keys.algorithms(client.tenant_id)
    for name, alg in wanted.items():
        if alg is not None and name not in own and alg not in ours:
            raise InvalidClientMetadata(f"{name} {alg}: this tenant has no such key, but {', '.join(ours)}")
