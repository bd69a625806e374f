"""Which scope to grant (RFC 6749 §3.3)."""

from limen.errors import InvalidScope
from limen.model.client import Client
from limen.model.scope import Scope
from limen.model.tenant import Tenant
from limen.protocol.policy import Policy
from limen.protocol.same_records import once


@once
def permitted(tenant: Tenant, client: Client, policy: Policy) -> Scope:
    """Return every scope the client may ask for."""
    known = Scope(
        [d.scope for d in tenant.scopes]
        + [scope for resource in tenant.resources for scope in resource.scopes]
    )
    allowed = known if client.scope is None else Scope(known & client.scope)
    return Scope(allowed - frozenset(policy.restricted_scopes))


def grantable(requested: Scope | None, allowed: Scope, policy: Policy) -> Scope:
    """Return what of `requested` is allowed; without a request, nothing but what is always given.

    Excess is dropped or refused (InvalidScope) as `unknown_scope` says; a request of which nothing
    remains is refused either way.
    """
    if requested is None:
        return Scope()
    excess = requested - allowed
    if excess and (policy.unknown_scope == "reject" or excess == requested):
        raise InvalidScope("scope names a value this client may not have", detail=f"excess: {sorted(excess)}")
    return Scope(requested & allowed) if excess else requested


def narrow(requested: Scope | None, granted: Scope) -> Scope:
    """Return the scope for a new token of a grant: all of it, or the part asked for (RFC 6749 §6)."""
    if requested is None:
        return granted
    if excess := requested - granted:
        raise InvalidScope("scope exceeds what was granted", detail=f"excess: {sorted(excess)}")
    return requested
