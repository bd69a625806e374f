"""Resource indicators (RFC 8707)."""

from urllib.parse import urlsplit

from limen.errors import InvalidTarget
from limen.model.tenant import Tenant


def check_resource(value: str) -> str:
    """Return an absolute URI without fragment; refuse anything else with InvalidTarget (RFC 8707 §2)."""
    try:
        parts = urlsplit(value)
    except ValueError:
        raise InvalidTarget("resource is not a URI") from None
    if not parts.scheme or "#" in value or not (parts.netloc or parts.path) or not value.isascii():
        raise InvalidTarget("resource must be an absolute URI without a fragment")
    return value


def audience_of(requested: tuple[str, ...], granted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the audience of a token: what is asked for, within what was granted (RFC 8707 §2.2)."""
    for value in requested:
        if check_resource(value) not in granted:
            raise InvalidTarget("resource was not part of the authorization request")
    return requested or granted


def check_audience(requested: tuple[str, ...], tenant: Tenant) -> tuple[str, ...]:
    """Return the resources asked for; refuse one the tenant does not know, where it registered any."""
    known = {resource.resource for resource in tenant.resources}
    for value in requested:
        if check_resource(value) not in known and known:
            raise InvalidTarget("resource is not known")
    return requested
