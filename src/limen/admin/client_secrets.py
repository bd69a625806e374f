"""Secrets of an application: add, rotate, revoke; each is shown once (RFC 7591 §3.2.1)."""

from dataclasses import dataclass

from msgspec.structs import replace

from limen.admin.clients import MAX_SECRETS, Issued, find
from limen.admin.operation import Actor, audit, replace_or_refuse, tenant_for
from limen.admin.refusal import Conflict, Invalid, not_found
from limen.model.artifacts import SecretUse
from limen.model.client import Client
from limen.ports import Ports
from limen.ports.storage import Add, Replace
from limen.protocol.registered_values import SECRET_METHODS
from limen.tokens.client_secret import living, make_client_secret
from limen.tokens.secret_use import use_of

_LONGEST = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSecret:
    """`expires_at` 0: never."""

    tenant: str
    client_id: str
    expires_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSecret:
    """The old secrets work for `overlap` more seconds."""

    tenant: str
    client_id: str
    overlap: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeSecret:
    tenant: str
    client_id: str
    secret_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSecrets:
    tenant: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSecret:
    """What may be told of a secret; `last_used_at` is known to the minute, 0: never."""

    secret_id: str
    created_at: int
    expires_at: int
    last_used_at: int


async def list_secrets(command: ListSecrets, actor: Actor, ports: Ports) -> tuple[KnownSecret, ...]:
    """Return an application's secrets, the oldest first."""
    tenant = await tenant_for(actor, "apps:read", command.tenant, ports)
    client = await find(command.client_id, tenant, ports)
    known = []
    for secret in client.client_secrets:
        place = use_of(client.client_id, secret.secret_id)
        use = await ports.storage.get(SecretUse, tenant.tenant_id, place)
        known.append(
            KnownSecret(
                secret_id=secret.secret_id,
                created_at=secret.created_at,
                expires_at=secret.expires_at,
                last_used_at=use.used_at if use is not None else 0,
            )
        )
    return tuple(known)


async def add(command: AddSecret, actor: Actor, ports: Ports) -> Issued:
    """Add a secret beside those there are."""
    client = await _client(command.tenant, command.client_id, actor, ports)
    now = ports.clock.now()
    there = living(client, now)
    if len(there) >= MAX_SECRETS:
        raise Conflict(
            f"an application has at most {MAX_SECRETS} secrets", hint="revoke one that is not used"
        )
    if command.expires_at and command.expires_at <= now:
        raise Invalid("the secret would have expired already", hint="give a later time, or none")
    if command.expires_at > now + _LONGEST:
        raise Invalid("a secret's end must be within ten years", hint="give an earlier time, or none")
    made, secret = make_client_secret(
        client, keys=ports.keys, entropy=ports.entropy, now=now, expires_at=command.expires_at
    )
    changed = replace(client, client_secrets=(*there, made))
    told = _told("client.secret_added", changed, made.secret_id, actor, ports)
    return await _store(Issued(client=changed, client_secret=secret), told, ports)


async def rotate(command: RotateSecret, actor: Actor, ports: Ports) -> Issued:
    """Make a new secret and let the old ones expire."""
    if not 0 <= command.overlap <= _LONGEST:
        raise Invalid(f"the overlap must be from 0 to {_LONGEST} seconds", hint="a day is 86400")
    client = await _client(command.tenant, command.client_id, actor, ports)
    now = ports.clock.now()
    made, secret = make_client_secret(client, keys=ports.keys, entropy=ports.entropy, now=now)
    until = now + command.overlap
    old = [
        replace(s, expires_at=min(s.expires_at or until, until))
        for s in living(client, now)[-(MAX_SECRETS - 1) :]
        if command.overlap > 0
    ]
    changed = replace(client, client_secrets=(*old, made))
    told = _told("client.secret_rotated", changed, made.secret_id, actor, ports)
    return await _store(Issued(client=changed, client_secret=secret), told, ports)


async def revoke(command: RevokeSecret, actor: Actor, ports: Ports) -> Issued:
    """Remove a secret; it stops working at once."""
    client = await _client(command.tenant, command.client_id, actor, ports)
    kept = tuple(s for s in client.client_secrets if s.secret_id != command.secret_id)
    if len(kept) == len(client.client_secrets):
        raise not_found("secret", command.secret_id, [s.secret_id for s in client.client_secrets])
    told = _told("client.secret_revoked", client, command.secret_id, actor, ports)
    return await _store(Issued(client=replace(client, client_secrets=kept)), told, ports)


async def _client(tenant_name: str, client_id: str, actor: Actor, ports: Ports) -> Client:
    tenant = await tenant_for(actor, "apps:write", tenant_name, ports)
    client = await find(client_id, tenant, ports)
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        raise Invalid(
            f"{client_id} authenticates by {client.token_endpoint_auth_method}, which needs no secret",
            hint="set token_endpoint_auth_method to client_secret_basic first",
        )
    await ports.keys.load(tenant.tenant_id)
    return client


def _told(name: str, client: Client, secret_id: str, actor: Actor, ports: Ports) -> Add:
    return audit(name, actor, ports, client.tenant_id, client_id=client.client_id, secret_id=secret_id)


async def _store(issued: Issued, told: Add, ports: Ports) -> Issued:
    client = issued.client
    changed = replace(client, updated_at=ports.clock.now(), revision=client.revision + 1)
    await replace_or_refuse(ports, Replace(changed), told)
    return Issued(client=changed, client_secret=issued.client_secret)
