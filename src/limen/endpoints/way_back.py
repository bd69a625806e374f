"""The way back to an app from a page that tells what went wrong (OIDC Core §4, RFC 6749 §4.1.2.1)."""

from collections.abc import Iterator
from contextlib import contextmanager

from limen.errors import OAuthError
from limen.model.client import Client
from limen.protocol.message import Message

PAGE = "/login"


@contextmanager
def way_back(client: Client, message: Message) -> Iterator[None]:
    """Let a refusal that becomes a page offer the app's own address.

    Only where an operator wrote it down: else anybody could make our error page lead to theirs.
    """
    try:
        yield
    except OAuthError as error:
        if client.owner == "operator" and client.enabled:
            url = (
                f"{message.base}{PAGE}/{client.client_id}" if client.initiate_login_uri else client.client_uri
            )
            error.back_to_app = {"name": client.client_name or client.client_id, "url": url} if url else None
        raise
