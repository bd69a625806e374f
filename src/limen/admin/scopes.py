"""Scopes and claims a tenant offers (RFC 6749 §3.3, OIDC Core §5.4)."""

from dataclasses import dataclass

from msgspec.structs import replace

from limen.admin.operation import Actor, tenant_for
from limen.admin.refusal import Conflict, Invalid, not_found
from limen.admin.tenants import store_tenant
from limen.errors import InvalidScope
from limen.model.scope import STANDARD_SCOPES, ClaimDefinition, Scope, ScopeDefinition
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.protocol.claims import RESERVED

_STANDARD = frozenset(definition.scope for definition in STANDARD_SCOPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListScopes:
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineScope:
    """Add the scope, or replace the one of its name."""

    tenant: str
    definition: ScopeDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineClaim:
    """Add the claim, or replace the one of its name."""

    tenant: str
    definition: ClaimDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDefinition:
    """A scope or a claim, by its name."""

    tenant: str
    name: str


async def list_scopes(command: ListScopes, actor: Actor, ports: Ports) -> tuple[ScopeDefinition, ...]:
    """Return the scopes the tenant offers."""
    return (await tenant_for(actor, "scopes:read", command.tenant, ports)).scopes


async def list_claims(command: ListScopes, actor: Actor, ports: Ports) -> tuple[ClaimDefinition, ...]:
    """Return the claims the tenant offers."""
    return (await tenant_for(actor, "scopes:read", command.tenant, ports)).claims


async def define_scope(command: DefineScope, actor: Actor, ports: Ports) -> Tenant:
    """Set one scope's definition."""
    tenant = await tenant_for(actor, "scopes:write", command.tenant, ports)
    wanted = command.definition
    try:
        if Scope.parse(wanted.scope) != Scope([wanted.scope]):
            raise Invalid("a scope is one word")
    except InvalidScope:
        raise Invalid("a scope has no spaces, quotes or backslashes (RFC 6749 §3.3)") from None
    known = {definition.claim for definition in tenant.claims}
    if unknown := sorted(set(wanted.claims) - known):
        raise not_found("claim", unknown[0], known)
    kept = tuple(d for d in tenant.scopes if d.scope != wanted.scope)
    return await store_tenant(
        replace(tenant, scopes=(*kept, wanted)), "scope.defined", actor, ports, scope=wanted.scope
    )


async def remove_scope(command: RemoveDefinition, actor: Actor, ports: Ports) -> Tenant:
    """Offer a scope no more; OpenID Connect's own stay."""
    tenant = await tenant_for(actor, "scopes:write", command.tenant, ports)
    if command.name in _STANDARD:
        raise Conflict(f"{command.name} is a scope of OpenID Connect", hint="it can be hidden, not removed")
    kept = tuple(d for d in tenant.scopes if d.scope != command.name)
    if len(kept) == len(tenant.scopes):
        raise not_found("scope", command.name, [d.scope for d in tenant.scopes])
    return await store_tenant(replace(tenant, scopes=kept), "scope.removed", actor, ports, scope=command.name)


async def define_claim(command: DefineClaim, actor: Actor, ports: Ports) -> Tenant:
    """Set one claim's definition; the server's own claims are refused (attack row UI-07)."""
    tenant = await tenant_for(actor, "scopes:write", command.tenant, ports)
    wanted = command.definition
    if wanted.claim in RESERVED or not wanted.claim.isprintable() or len(wanted.claim.split()) != 1:
        raise Invalid(f"{wanted.claim[:64]!a} cannot be a claim of people", hint="choose another name")
    kept = tuple(d for d in tenant.claims if d.claim != wanted.claim)
    return await store_tenant(
        replace(tenant, claims=(*kept, wanted)), "claim.defined", actor, ports, claim=wanted.claim
    )


async def remove_claim(command: RemoveDefinition, actor: Actor, ports: Ports) -> Tenant:
    """Offer a claim no more, in no scope."""
    tenant = await tenant_for(actor, "scopes:write", command.tenant, ports)
    kept = tuple(d for d in tenant.claims if d.claim != command.name)
    if len(kept) == len(tenant.claims):
        raise not_found("claim", command.name, [d.claim for d in tenant.claims])
    scopes = tuple(replace(d, claims=tuple(c for c in d.claims if c != command.name)) for d in tenant.scopes)
    return await store_tenant(
        replace(tenant, claims=kept, scopes=scopes), "claim.removed", actor, ports, claim=command.name
    )
