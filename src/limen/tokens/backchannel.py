"""What a client needs to be told about its request later, at rest (CIBA Core §7.3, §10.2)."""

from limen.ports.keys import Keys

_NOTIFICATION, _REQUEST = "cn", "ar"
PREFIX = "lm_ar_"  # of an auth_req_id


def seal_notification_token(keys: Keys, tenant_id: str, token: str) -> str:
    """Return the client's bearer token as the record keeps it."""
    return keys.seal(tenant_id, _NOTIFICATION, token.encode())


def seal_auth_req_id(keys: Keys, tenant_id: str, auth_req_id: str) -> str:
    """Return the identifier as the record keeps it."""
    return keys.seal(tenant_id, _REQUEST, auth_req_id.encode())


def open_notification_token(keys: Keys, tenant_id: str, sealed: str | None) -> str:
    """Return what was sealed; nothing when it was not."""
    return (keys.open(tenant_id, _NOTIFICATION, sealed or "") or b"").decode()


def open_auth_req_id(keys: Keys, tenant_id: str, sealed: str | None) -> str:
    """Return what was sealed; nothing when it was not."""
    return (keys.open(tenant_id, _REQUEST, sealed or "") or b"").decode()
