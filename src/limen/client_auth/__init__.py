"""Client authentication (RFC 6749 §2.3): one file per token_endpoint_auth_method."""

from limen.client_auth.base import ClientAuth
from limen.client_auth.client_secret_basic import ClientSecretBasic
from limen.client_auth.client_secret_post import ClientSecretPost
from limen.client_auth.none import NoClientAuth
from limen.ports import Ports


def all_methods(ports: Ports) -> tuple[ClientAuth, ...]:
    """Return every method; exactly one must find its offer in a message."""
    return (ClientSecretBasic(ports.clock), ClientSecretPost(ports.clock), NoClientAuth())
