"""Applications: create, list, show, change, delete (RFC 7591 metadata, RFC 7396 patches)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from limen.admin.merge_patch import merge_patch
from limen.admin.operation import PAGE, Actor, audit, check_revision, replace_or_refuse, tenant_for
from limen.admin.refusal import Conflict, Invalid, not_found
from limen.admin.templates import TEMPLATES
from limen.credentials.client_keys import check_client_keys
from limen.model.client import Client
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Add, Change, Remove, Replace, Revoke
from limen.ports.world import Entropy
from limen.protocol.client_metadata import read_administered, write_metadata
from limen.protocol.registered_values import SECRET_METHODS
from limen.tokens.client_secret import living, make_client_secret, needs_value

_CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{3,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateClient:
    """`metadata` over the members of `template`; without `client_id` one is made."""

    tenant: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    template: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A client as stored, with the secret if one was made just now: it is never shown again."""

    client: Client
    client_secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListClients:
    """Those behind `after`, in order of client_id."""

    tenant: str
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowClient:
    tenant: str
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateClient:
    """`patch` is a JSON Merge Patch on the metadata; `revision`, when given, must be the stored one."""

    tenant: str
    client_id: str
    patch: Mapping[str, Any]
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteClient:
    tenant: str
    client_id: str


async def create(command: CreateClient, actor: Actor, ports: Ports) -> Issued:
    """Make an application; refuse with Conflict when its identifier is taken."""
    tenant = await tenant_for(actor, "apps:write", command.tenant, ports)
    client = read_administered({**_template(command.template), **command.metadata}, tenant=tenant)
    now = ports.clock.now()
    client = replace(
        client,
        client_id=await _identifier(command.client_id, tenant, ports),
        client_id_issued_at=now,
        created_at=now,
        updated_at=now,
        not_before=now,  # whoever had this identifier before, their tokens are dead
    )
    await ports.keys.load(tenant.tenant_id)
    check_keys(client, ports)
    issued = with_secret(client, ports)
    told = audit("client.created", actor, ports, tenant.tenant_id, client_id=client.client_id)
    if await ports.storage.commit(Add(issued.client), told) is not None:
        raise Conflict(f"there is an application {client.client_id} already", hint="choose another client_id")
    return issued


async def list_clients(command: ListClients, actor: Actor, ports: Ports) -> tuple[Client, ...]:
    """Return one page of applications."""
    tenant = await tenant_for(actor, "apps:read", command.tenant, ports)
    limit = max(1, min(command.limit, PAGE))
    return await ports.storage.clients(tenant.tenant_id, after=command.after, limit=limit)


async def show(command: ShowClient, actor: Actor, ports: Ports) -> Client:
    """Return the application, or refuse with NotFound."""
    tenant = await tenant_for(actor, "apps:read", command.tenant, ports)
    return await find(command.client_id, tenant, ports)


async def update(command: UpdateClient, actor: Actor, ports: Ports) -> Issued:
    """Change an application; a change that needs a secret it lacks makes one."""
    tenant = await tenant_for(actor, "apps:write", command.tenant, ports)
    old = await find(command.client_id, tenant, ports)
    check_revision(command.revision, old.revision)
    document = merge_patch(write_metadata(old), command.patch)
    now = ports.clock.now()
    client = read_administered(document, tenant=tenant, base=old)
    client = replace(client, updated_at=now, revision=old.revision + 1)
    await ports.keys.load(tenant.tenant_id)
    check_keys(client, ports)
    issued = with_secret(client, ports)
    told: list[Change] = [
        audit(
            "client.updated",
            actor,
            ports,
            tenant.tenant_id,
            client_id=client.client_id,
            members=", ".join(command.patch),
        )
    ]
    if old.enabled and not client.enabled:
        # Disabling ends at once what was issued; enabling again does not bring it back.
        gone = replace(issued.client, not_before=now + 1)
        issued = Issued(client=gone, client_secret=issued.client_secret)
        told.append(
            Revoke(tenant_id=tenant.tenant_id, now=now, reason="client disabled", client_id=client.client_id)
        )
    await replace_or_refuse(ports, Replace(issued.client), *told)
    return issued


async def delete(command: DeleteClient, actor: Actor, ports: Ports) -> None:
    """Remove an application with its consents, and everything issued to it."""
    tenant = await tenant_for(actor, "apps:write", command.tenant, ports)
    client = await find(command.client_id, tenant, ports)
    now = ports.clock.now()
    await ports.storage.commit(
        Revoke(tenant_id=tenant.tenant_id, now=now, reason="client deleted", client_id=client.client_id),
        Remove(client),
        audit("client.deleted", actor, ports, tenant.tenant_id, client_id=client.client_id),
    )


async def find(client_id: str, tenant: Tenant, ports: Ports) -> Client:
    """Return the client, or refuse with a NotFound that names the nearest."""
    client = await ports.storage.client(tenant.tenant_id, client_id)
    if client is None:
        known = await ports.storage.clients(tenant.tenant_id)
        raise not_found("application", client_id, [c.client_id for c in known])
    return client


def check_keys(client: Client, ports: Ports) -> None:
    """Refuse weak or private keys of the client, and signatures for which this tenant has no key."""
    check_client_keys(client, jose=ports.jose, keys=ports.keys)


def with_secret(client: Client, ports: Ports) -> Issued:
    """Make a secret where the client needs one and has none that serves."""
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        return Issued(client=replace(client, client_secrets=()))
    usable = [s for s in client.client_secrets if s.sealed is not None or not needs_value(client)]
    if usable:
        return Issued(client=client)
    now = ports.clock.now()
    record, secret = make_client_secret(client, keys=ports.keys, entropy=ports.entropy, now=now)
    kept = (*living(client, now)[-(MAX_SECRETS - 1) :], record)
    return Issued(client=replace(client, client_secrets=kept), client_secret=secret)


MAX_SECRETS = 4


def _template(name: str | None) -> Mapping[str, Any]:
    if name is None:
        return {}
    if name not in TEMPLATES:
        raise Invalid(f"there is no template {name!a}", hint=f"choose one of {', '.join(TEMPLATES)}")
    return TEMPLATES[name]


def make_client_id(entropy: Entropy) -> str:
    """Return an unguessable identifier of unreserved characters."""
    return base64.b32encode(entropy.octets(16)).decode().rstrip("=").lower()


async def _identifier(wanted: str | None, tenant: Tenant, ports: Ports) -> str:
    if wanted is None:
        return make_client_id(ports.entropy)
    if not _CLIENT_ID.fullmatch(wanted):
        raise Invalid(
            f"client_id {wanted[:128]!a} is malformed", hint="use 3 to 128 letters, digits and . _ ~ -"
        )
    # RFC 9700 §4.15: a client that is called like a person could be taken for one.
    if await ports.storage.person(tenant.tenant_id, wanted) is not None:
        raise Conflict(f"client_id {wanted} is taken", hint="choose another")
    return wanted
