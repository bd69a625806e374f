"""The subject a client sees: public or pairwise (OIDC Core §8)."""

from urllib.parse import urlsplit

from limen.model.client import Client


def sector(client: Client) -> str:
    """Return the client's sector identifier: the host of its sector document, else of its redirect URIs."""
    source = client.sector_identifier_uri or next(iter(client.redirect_uris), "")
    return urlsplit(source).hostname or client.client_id


def pairwise_input(client: Client, sub: str) -> str:
    """Return the text whose keyed digest is the pairwise subject (OIDC Core §8.1)."""
    return f"{sector(client)}\n{sub}"
