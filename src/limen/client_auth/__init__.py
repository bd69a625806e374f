"""Client authentication (RFC 6749 §2.3): one file per token_endpoint_auth_method."""

from limen.client_auth.base import ClientAuth
from limen.client_auth.client_secret_basic import ClientSecretBasic
from limen.client_auth.client_secret_jwt import ClientSecretJwt
from limen.client_auth.client_secret_post import ClientSecretPost
from limen.client_auth.none import NoClientAuth
from limen.client_auth.private_key_jwt import PrivateKeyJwt
from limen.client_auth.self_signed_tls_client_auth import SelfSignedTlsClientAuth
from limen.client_auth.tls_client_auth import TlsClientAuth
from limen.ports import Ports
from limen.tokens.secret_use import SecretUses


def all_methods(ports: Ports) -> tuple[ClientAuth, ...]:
    """Return every method; tls_client_auth only where somebody is trusted to issue certificates."""
    clock, uses = ports.clock, SecretUses()
    methods: tuple[ClientAuth, ...] = (
        ClientSecretBasic(clock, uses),
        ClientSecretPost(clock, uses),
        ClientSecretJwt(ports.jose, ports.keys, clock, uses),
        PrivateKeyJwt(ports.jose, ports.client_keys, clock),
        SelfSignedTlsClientAuth(ports.client_keys),
        NoClientAuth(),
    )
    if ports.certificates is not None:
        methods = (*methods, TlsClientAuth(ports.certificates, clock))
    return methods
