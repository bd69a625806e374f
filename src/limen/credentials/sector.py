"""The document behind a sector_identifier_uri must name every redirect URI (OIDC Registration §5)."""

from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.ports.outbound import Fetcher, FetchError

_LIMIT = 65_536


async def check_sector(client: Client, fetcher: Fetcher) -> None:
    """Fetch the document and compare; refuse with InvalidClientMetadata."""
    if client.sector_identifier_uri is None:
        return
    try:
        named = await fetcher.json(client.sector_identifier_uri, limit=_LIMIT, fresh=True)
    except FetchError:
        raise InvalidClientMetadata("sector_identifier_uri could not be fetched") from None
    if not isinstance(named, list) or not all(isinstance(uri, str) for uri in named):
        raise InvalidClientMetadata("sector_identifier_uri must hold an array of redirect URIs")
    if not set(client.redirect_uris) <= set(named):
        raise InvalidClientMetadata("sector_identifier_uri does not name every one of redirect_uris")
