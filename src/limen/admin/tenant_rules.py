"""What an operator may say of a tenant's APIs, types of details, sessions and registration (RFC 8707 §2)."""

from limen.admin.refusal import Invalid
from limen.errors import InvalidScope, InvalidTarget
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.protocol.resource import check_resource

_MOST = 2**31 - 1


def check_numbers(tenant: Tenant) -> None:
    """Refuse with Invalid what is no time in seconds, or no number, that anybody can mean."""
    registration = tenant.registration
    for name, value, lowest in (
        ("session_lifetime", tenant.session_lifetime, 1),
        ("session_idle_lifetime", tenant.session_idle_lifetime, 1),
        ("registration.hourly_limit", registration.hourly_limit, 0),
        ("registration.unused_days", registration.unused_days, 0),
    ):
        if not lowest <= value <= _MOST:
            raise Invalid(f"{name} must be a whole number from {lowest} to {_MOST}")


def check_resources(tenant: Tenant) -> None:
    """Refuse with Invalid an API that no request could name, or one that is named twice."""
    names = [each.resource for each in tenant.resources]
    if len(set(names)) < len(names):
        raise Invalid("resources has one API twice")
    for each in tenant.resources:
        about = f"resources: {each.resource[:64]!a}"
        try:
            if not check_resource(each.resource).isprintable() or " " in each.resource:
                raise Invalid(f"{about} must be an absolute URI without a fragment")
        except InvalidTarget as wrong:
            raise Invalid(f"{about}: {wrong.description}") from None
        for scope in each.scopes:
            _check_scope(about, scope)


def check_detail_types(tenant: Tenant) -> None:
    """Refuse with Invalid a type of authorization_details that has no name, or a name of another."""
    names = [each.type for each in tenant.detail_types]
    if len(set(names)) < len(names) or not all(names):
        raise Invalid("each of detail_types needs a type of its own")


def _check_scope(about: str, scope: str) -> None:
    try:
        words = Scope.parse(scope)
    except InvalidScope:
        words = Scope()
    if len(words) != 1 or scope not in words:
        raise Invalid(f"{about}: {scope[:64]!a} is no scope", hint="one word each, without quotes")
