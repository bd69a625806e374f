"""Initial access tokens: issue, list, revoke (RFC 7591 §3)."""

from dataclasses import dataclass

from msgspec import structs

from limen.admin.operation import Actor, tenant_for
from limen.admin.refusal import Invalid, not_found
from limen.admin.tenants import store_tenant
from limen.model.secret import Secret
from limen.model.tenant import InitialAccess, Tenant
from limen.ports import Ports
from limen.protocol.initial_access import is_live
from limen.tokens.digest import digest

_PREFIX = "lm_iat_"
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAccess:
    """A token that registers so many clients until it expires; None and 0: no bound."""

    tenant: str
    uses: int | None = None
    lifetime: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAccess:
    tenant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeAccess:
    tenant: str
    token_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedAccess:
    """The record with the token, which is shown once."""

    access: InitialAccess
    token: Secret


async def issue(command: IssueAccess, actor: Actor, ports: Ports) -> IssuedAccess:
    """Make a token."""
    tenant = await tenant_for(actor, "apps:write", command.tenant, ports)
    if command.lifetime < 0 or (command.uses is not None and command.uses < 1):
        raise Invalid("a token needs at least one use and a lifetime that is not negative")
    now, token = ports.clock.now(), _PREFIX + ports.entropy.handle()
    living = tuple(t for t in tenant.registration.initial_access if is_live(t, now))
    if len(living) >= _MOST:
        raise Invalid(f"a tenant has at most {_MOST} initial access tokens", hint="revoke one")
    access = InitialAccess(
        token_id=ports.entropy.identifier(),
        digest=digest(token),
        expires_at=now + command.lifetime if command.lifetime else 0,
        remaining=command.uses,
    )
    await _store(tenant, (*living, access), "initial_access.issued", actor, ports)
    return IssuedAccess(access=access, token=Secret(token))


async def list_access(command: ListAccess, actor: Actor, ports: Ports) -> tuple[InitialAccess, ...]:
    """Return the tokens that can still be used; none of them is shown."""
    tenant = await tenant_for(actor, "apps:read", command.tenant, ports)
    now = ports.clock.now()
    return tuple(t for t in tenant.registration.initial_access if is_live(t, now))


async def revoke(command: RevokeAccess, actor: Actor, ports: Ports) -> None:
    """Make a token useless at once; clients it registered stay."""
    tenant = await tenant_for(actor, "apps:write", command.tenant, ports)
    tokens = tenant.registration.initial_access
    kept = tuple(t for t in tokens if t.token_id != command.token_id)
    if len(kept) == len(tokens):
        raise not_found("initial access token", command.token_id, [t.token_id for t in tokens])
    await _store(tenant, kept, "initial_access.revoked", actor, ports)


async def _store(
    tenant: Tenant, tokens: tuple[InitialAccess, ...], name: str, actor: Actor, ports: Ports
) -> None:
    registration = structs.replace(tenant.registration, initial_access=tokens)
    await store_tenant(structs.replace(tenant, registration=registration), name, actor, ports)
