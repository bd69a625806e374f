"""The way back to an app from a page that tells what went wrong (OIDC Core §4, RFC 6749 §4.1.2.1)."""

from collections.abc import Mapping

from limen.errors import OAuthError
from limen.model.client import Client
from limen.protocol.message import Message

PAGE = "/login"


def show_way_back(error: OAuthError, client: Client, message: Message) -> None:
    """Let a refusal that becomes a page offer the app's own address."""
    error.back_to_app = home_of(client, message) or error.back_to_app


def home_of(client: Client, message: Message) -> Mapping[str, str] | None:
    """Return name and address of the app, only where an operator wrote them down.

    Else anybody could make our error page lead to theirs.
    """
    if client.owner != "operator" or not client.enabled:
        return None
    url = f"{message.base}{PAGE}/{client.client_id}" if client.initiate_login_uri else client.client_uri
    return {"name": client.client_name or client.client_id, "url": url} if url else None
