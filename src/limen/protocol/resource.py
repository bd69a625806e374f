"""Resource indicators (RFC 8707)."""

from urllib.parse import urlsplit

from limen.errors import InvalidTarget
from limen.model.scope import Scope
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


def still_known(granted: tuple[str, ...], tenant: Tenant) -> tuple[str, ...]:
    """Return what of the granted audience the tenant knows today; refuse when nothing of it is left."""
    known = {resource.resource for resource in tenant.resources}
    if not granted or not known:
        return granted
    kept = tuple(value for value in granted if value in known)
    if not kept:
        raise InvalidTarget("what the token was for is not known here any more")
    return kept


def check_audience(requested: tuple[str, ...], tenant: Tenant) -> tuple[str, ...]:
    """Return the resources asked for; refuse one the tenant does not know, where it registered any."""
    if not requested:
        return ()
    known = {resource.resource for resource in tenant.resources}
    for value in requested:
        if check_resource(value) not in known and known:
            raise InvalidTarget("resource is not known")
    return requested


def scope_at(scope: Scope, audience: tuple[str, ...], tenant: Tenant) -> Scope:
    """Return what of the scope has a meaning at these resources (RFC 8707 §2.2).

    A scope that only other APIs know does not travel to this one; what no API owns always does.
    """
    if not audience or not tenant.resources:
        return scope
    here = [resource for resource in tenant.resources if resource.resource in audience]
    if not here:
        return scope
    elsewhere = {name for resource in tenant.resources if resource not in here for name in resource.scopes}
    return Scope(scope - (elsewhere - {name for resource in here for name in resource.scopes}))
