"""Whether a client's keys are good enough, and keys fit what it wants (RFC 7591 §2, RFC 8725 §3.5)."""

from collections.abc import Mapping
from typing import Any

from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.ports.keys import Jose, Keys
from limen.protocol.algorithms import SIGNING_ALGS

_ENCRYPTED = (
    "id_token_encrypted_response",
    "userinfo_encrypted_response",
    "authorization_encrypted_response",
    "introspection_encrypted_response",
)
_SIGNED = (
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "authorization_signed_response_alg",
    "introspection_signed_response_alg",
)
_BY_THE_CLIENT = ("request_object_signing_alg", "backchannel_authentication_request_signing_alg")


def check_client_keys(client: Client, *, jose: Jose, keys: Keys) -> None:
    """Refuse weak or private keys of the client, and algorithms for which it or its tenant has no key."""
    if client.jwks is not None:
        if reason := jose.check_jwks(client.jwks):
            raise InvalidClientMetadata(f"jwks: {reason}")
        _check_encryption(client, client.jwks, jose)
        if client.enabled:  # what was registered before this was checked can always be disabled
            _check_proofs(client, client.jwks, jose)
    wanted = {name: getattr(client, name) for name in _SIGNED}
    own = {name: alg for name, alg in wanted.items() if alg and (alg == "none" or alg.startswith("HS"))}
    wanted["limen_access_token_signing_alg"] = client.settings.access_token_signing_alg
    ours = keys.algorithms(client.tenant_id)
    for name, alg in wanted.items():
        if alg is not None and name not in own and alg not in ours:
            raise InvalidClientMetadata(f"{name} {alg}: this tenant has no such key, but {', '.join(ours)}")


def _check_encryption(client: Client, jwks: Mapping[str, Any], jose: Jose) -> None:
    for name in _ENCRYPTED:
        alg, enc = getattr(client, f"{name}_alg"), getattr(client, f"{name}_enc")
        if alg and enc and jose.encrypt("", jwks, alg=alg, enc=enc, cty=None) is None:
            raise InvalidClientMetadata(f"{name}_alg {alg}: jwks has no key to encrypt to with it")


def _check_proofs(client: Client, jwks: Mapping[str, Any], jose: Jose) -> None:
    """Refuse what the client could never prove: better heard now than with its first request."""
    wanted: dict[str, tuple[str, ...]] = {name: (getattr(client, name),) for name in _BY_THE_CLIENT}
    if client.token_endpoint_auth_method == "private_key_jwt":
        alg = client.token_endpoint_auth_signing_alg
        wanted["token_endpoint_auth_signing_alg"] = (alg,) if alg else SIGNING_ALGS
    for name, algs in wanted.items():
        if set(algs) <= set(SIGNING_ALGS) and not jose.can_verify(jwks, algs):
            raise InvalidClientMetadata(f"{name}: jwks has no key for signatures with {' or '.join(algs)}")
