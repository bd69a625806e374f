"""People: create, list, show, change, set a password, disable, delete (OWASP ASVS 6, 7.4.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from limen.admin.merge_patch import merge_patch
from limen.admin.operation import (
    PAGE,
    ROLES,
    Actor,
    audit,
    check_revision,
    replace_or_refuse,
    tenant_for,
)
from limen.admin.password_rules import check_password
from limen.admin.person_claims import check_claims
from limen.admin.refusal import Conflict, Invalid, not_found
from limen.credentials.password import forgiveness
from limen.model.person import Person
from limen.model.secret import Secret
from limen.model.tenant import Tenant
from limen.ports import Ports
from limen.ports.storage import Add, Change, Remove, Replace, Revoke, SignOut

_USERNAME = re.compile(
    r"[^\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ud800-\udfff\ufeff]{1,255}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePerson:
    """Without a password the person cannot sign in by one."""

    tenant: str
    username: str
    password: Secret | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPeople:
    """Those behind `after`, in order of username."""

    tenant: str
    after: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class NamePerson:
    """One person, by username or `sub`."""

    tenant: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePerson:
    """`claims` is a JSON Merge Patch; None leaves the member alone."""

    tenant: str
    person: str
    claims: Mapping[str, Any] | None = None
    username: str | None = None
    second_factor: bool | None = None
    roles: tuple[str, ...] | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword:
    tenant: str
    person: str
    password: Secret


async def create(command: CreatePerson, actor: Actor, ports: Ports) -> Person:
    """Make a person; refuse with Conflict when the username is taken."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    check_username(command.username)
    check_claims(command.claims)
    _check_roles(command.roles, actor, tenant)
    password_hash = None
    if command.password is not None:
        check_password(command.password.reveal(), username=command.username, tenant=tenant)
        password_hash = await ports.passwords.hash(command.password.reveal())
    now = ports.clock.now()
    person = Person(
        tenant_id=tenant.tenant_id,
        sub=ports.entropy.identifier(),
        username=command.username,
        password_hash=password_hash,
        roles=command.roles,
        claims=dict(command.claims),
        created_at=now,
        updated_at=now,
    )
    told = audit("person.created", actor, ports, tenant.tenant_id, sub=person.sub)
    if await ports.storage.commit(Add(person), told) is not None:
        raise Conflict(f"there is a person {command.username!a} already", hint="choose another username")
    return person


async def list_people(command: ListPeople, actor: Actor, ports: Ports) -> tuple[Person, ...]:
    """Return one page of people."""
    tenant = await tenant_for(actor, "users:read", command.tenant, ports)
    limit = max(1, min(command.limit, PAGE))
    return await ports.storage.people(tenant.tenant_id, after=command.after, limit=limit)


async def show(command: NamePerson, actor: Actor, ports: Ports) -> Person:
    """Return the person, or refuse with NotFound."""
    tenant = await tenant_for(actor, "users:read", command.tenant, ports)
    return await find(command.person, tenant, ports)


async def update(command: UpdatePerson, actor: Actor, ports: Ports) -> Person:
    """Change a person's name, claims or roles."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    old = await find(command.person, tenant, ports)
    check_revision(command.revision, old.revision)
    person = old
    if command.username is not None:
        check_username(command.username)
        person = replace(person, username=command.username)
    if command.claims is not None:
        person = replace(person, claims=merge_patch(old.claims, command.claims))
        check_claims(person.claims)
    if command.second_factor is not None:
        person = replace(person, second_factor=command.second_factor)
    if command.roles is not None:
        _check_roles(command.roles, actor, tenant)
        person = replace(person, roles=command.roles)
    taken = await ports.storage.person_named(tenant.tenant_id, person.username)
    if taken is not None and taken.sub != person.sub:
        raise Conflict(f"there is a person {person.username!a} already", hint="choose another username")
    return await _store(person, "person.updated", actor, ports)


async def set_password(command: SetPassword, actor: Actor, ports: Ports) -> Person:
    """Set a password and end everything the old one opened (attack row RT-09)."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    _check_stronger(person, actor, tenant)
    check_password(command.password.reveal(), username=person.username, tenant=tenant)
    hashed = await ports.passwords.hash(command.password.reveal())
    changed = replace(person, password_hash=hashed, not_before=ports.clock.now())
    ending = end_everything(person, "password set", ports)
    forgotten = forgiveness(person.tenant_id, person.username)
    return await _store(changed, "person.password_set", actor, ports, *ending, *forgotten)


async def disable(command: NamePerson, actor: Actor, ports: Ports) -> Person:
    """Bar a person, and end their sessions and tokens at once."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    _check_stronger(person, actor, tenant)
    ending = end_everything(person, "person disabled", ports)
    # A second ahead: what was issued in this very second stays dead after enabling.
    changed = replace(person, enabled=False, not_before=ports.clock.now() + 1)
    return await _store(changed, "person.disabled", actor, ports, *ending)


async def enable(command: NamePerson, actor: Actor, ports: Ports) -> Person:
    """Let a person sign in again."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    return await _store(replace(person, enabled=True), "person.enabled", actor, ports)


async def delete(command: NamePerson, actor: Actor, ports: Ports) -> None:
    """Remove a person with all that is theirs; the `sub` never returns (attack row LC-08)."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    _check_stronger(person, actor, tenant)
    ending = end_everything(person, "person deleted", ports)
    told = audit("person.deleted", actor, ports, tenant.tenant_id, sub=person.sub)
    await ports.storage.commit(*ending, Remove(person), told)


async def find(named: str, tenant: Tenant, ports: Ports) -> Person:
    """Return the person of this `sub` or username, or refuse with a NotFound that names the nearest."""
    # The `sub` first: nobody may stand before another by taking their `sub` as a username.
    found = await ports.storage.person(tenant.tenant_id, named)
    found = found or await ports.storage.person_named(tenant.tenant_id, named)
    if found is None:
        known = await ports.storage.people(tenant.tenant_id)
        raise not_found("person", named, [p.username for p in known])
    return found


def end_everything(person: Person, reason: str, ports: Ports) -> tuple[Change, ...]:
    """Return the changes that end the person's sessions and grants."""
    return (
        SignOut(tenant_id=person.tenant_id, sub=person.sub),
        Revoke(tenant_id=person.tenant_id, now=ports.clock.now(), reason=reason, sub=person.sub),
    )


def check_username(username: str) -> None:
    """Refuse with Invalid a name with spaces or invisible signs."""
    if not _USERNAME.fullmatch(username):
        raise Invalid(
            "a username has 1 to 255 visible characters and no spaces", hint="try an e-mail address"
        )


def _check_roles(roles: tuple[str, ...], actor: Actor, tenant: Tenant) -> None:
    """Nobody grants what they lack (OWASP ASVS 8.2.1)."""
    for role in roles:
        if role not in ROLES:
            raise Invalid(f"there is no role {role[:40]!a}", hint=f"choose of {', '.join(ROLES)}")
        actor.require("admins:write", tenant.name)
        for permission in sorted(ROLES[role]):
            actor.require(permission, tenant.name)


def _check_stronger(person: Person, actor: Actor, tenant: Tenant) -> None:
    """Who may take over or remove an administrator must be one."""
    _check_roles(tuple(role for role in person.roles if role in ROLES), actor, tenant)


async def _store(person: Person, name: str, actor: Actor, ports: Ports, *others: Change) -> Person:
    changed = replace(person, updated_at=ports.clock.now(), revision=person.revision + 1)
    told = audit(name, actor, ports, person.tenant_id, sub=person.sub)
    await replace_or_refuse(ports, Replace(changed), told, *others)
    return changed
