"""The set-up link: single use, fifteen minutes, makes the first administrator (OWASP ASVS 6.3.2)."""

from dataclasses import dataclass

from limen.admin.operation import OPERATOR, Actor, audit, tenant_for
from limen.admin.password_rules import check_password
from limen.admin.people import check_username
from limen.admin.refusal import Conflict, NotFound
from limen.model.artifacts import SetupLink
from limen.model.person import Person
from limen.model.secret import Secret
from limen.ports import Ports
from limen.ports.storage import Add, Put, Remove
from limen.tokens.digest import digest

LIFETIME = 15 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLink:
    """A link for an administrator of this tenant; of the root tenant unless another is named."""

    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemLink:
    """What the page behind the link sends."""

    handle: Secret
    username: str
    password: Secret
    tenant: str = ""


async def issue(command: IssueLink, actor: Actor, ports: Ports) -> Secret:
    """Return the handle of a new link; its page is `{base}/setup/{handle}`."""
    tenant = await tenant_for(actor, "admins:write", command.tenant, ports)
    handle = ports.entropy.handle()
    link = SetupLink(
        tenant_id=tenant.tenant_id, digest=digest(handle), expires_at=ports.clock.now() + LIFETIME
    )
    await ports.storage.commit(Put(link), audit("setup_link.issued", actor, ports, tenant.tenant_id))
    return Secret(handle)


async def look(handle: Secret, ports: Ports, *, tenant: str = "") -> SetupLink:
    """Return the living link, or refuse: used, expired and unknown links look alike."""
    place = await ports.storage.tenant(tenant)
    found = place and await ports.storage.get(SetupLink, place.tenant_id, digest(handle.reveal()))
    if not found or found.expires_at <= ports.clock.now():
        raise NotFound("this set-up link is not valid any more", hint="make another: limen admin setup-link")
    return found


async def redeem(command: RedeemLink, ports: Ports) -> Person:
    """Spend the link and make the administrator, both or neither."""
    link = await look(command.handle, ports, tenant=command.tenant)
    tenant = await tenant_for(OPERATOR, "admins:write", command.tenant, ports)
    check_username(command.username)
    check_password(command.password.reveal(), username=command.username, tenant=tenant)
    now = ports.clock.now()
    person = Person(
        tenant_id=tenant.tenant_id,
        sub=ports.entropy.identifier(),
        username=command.username,
        password_hash=await ports.passwords.hash(command.password.reveal()),
        roles=("administrator",),
        claims={"preferred_username": command.username},
        created_at=now,
        updated_at=now,
    )
    told = audit("setup_link.redeemed", Actor(name="setup-link"), ports, tenant.tenant_id, sub=person.sub)
    failed = await ports.storage.commit(Remove(link), Add(person), told)
    if isinstance(failed, Remove):
        raise NotFound("this set-up link is not valid any more", hint="make another: limen admin setup-link")
    if failed is not None:
        raise Conflict(f"there is a person {command.username!a} already", hint="choose another username")
    return person
