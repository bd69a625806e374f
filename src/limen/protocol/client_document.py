"""Clients whose client_id is the address of their metadata (OAuth Client ID Metadata Document)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from limen.errors import InvalidClientMetadata
from limen.model.client import Client
from limen.model.tenant import Tenant
from limen.protocol.client_metadata import read_metadata
from limen.protocol.json_member import address
from limen.protocol.redirect_uri import LOOPBACK_HOSTS
from limen.protocol.registered_values import DEVICE_CODE

LIMIT = 5_120  # bytes
# Nobody here has ever spoken with such a client: it gets what a person lets it have, and nothing for itself.
_GRANTS = ("authorization_code", "refresh_token", DEVICE_CODE)
_METHODS = ("none", "private_key_jwt")
_SHARED = ("client_secret", "client_secret_expires_at")


def is_address(client_id: str) -> bool:
    """Tell whether a client_id might be one."""
    return client_id.startswith(("https://", "http://"))


def check_address(client_id: str, tenant: Tenant) -> None:
    """Refuse with InvalidClientMetadata what cannot be a client's address (section 3 of the draft)."""
    address("client_id", client_id, development=tenant.development)
    path = urlsplit(client_id).path
    if not path or {".", ".."} & set(path.split("/")):
        raise InvalidClientMetadata("client_id must have a path without dot segments")


def read_client(document: Any, client_id: str, *, tenant: Tenant, base: Client | None) -> Client:
    """Read the document as any other metadata; refuse with InvalidClientMetadata or InvalidRedirectUri."""
    if not isinstance(document, dict) or document.get("client_id") != client_id:
        raise InvalidClientMetadata("client_id in the document is not the document's address")
    if any(name in document for name in _SHARED):
        raise InvalidClientMetadata("a public document cannot hold a secret")
    if document.get("token_endpoint_auth_method", "none") not in _METHODS:
        raise InvalidClientMetadata(f"token_endpoint_auth_method must be one of {', '.join(_METHODS)}")
    client = read_metadata(_completed(document), tenant=tenant, base=base)
    return structs.replace(
        client,
        client_id=client_id,
        owner="document",
        client_name=client.client_name or str(urlsplit(client_id).hostname),
        settings=structs.replace(client.settings, consent="ask"),
    )


def _completed(document: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what is different from RFC 7591 §2, and leave out the grants such a client cannot have."""
    said = {"token_endpoint_auth_method": "none", "application_type": _kind(document), **document}
    grants = document.get("grant_types")
    if isinstance(grants, list):
        said["grant_types"] = [grant for grant in grants if grant in _GRANTS]
    return said


def _kind(document: Mapping[str, Any]) -> str:
    """RFC 8252 §7.3: who comes back to a loopback address is native, and may choose the port each time."""
    uris = document.get("redirect_uris")
    texts = [uri for uri in uris if isinstance(uri, str)] if isinstance(uris, list) else []
    loopback = tuple(f"http://{host}" for host in LOOPBACK_HOSTS)
    return "native" if any(uri.startswith(loopback) for uri in texts) else "web"
