"""The code a person tells apps that ask by the back channel: set it, take it away (CIBA Core §7.1)."""

from dataclasses import dataclass

from msgspec.structs import replace

from limen.admin.operation import Actor, audit, replace_or_refuse, tenant_for
from limen.admin.people import find
from limen.admin.refusal import Invalid
from limen.model.person import Person
from limen.model.secret import Secret
from limen.ports import Ports
from limen.ports.storage import Replace

_SHORTEST, _LONGEST = 4, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUserCode:
    """`code` None: apps need none."""

    tenant: str
    person: str
    code: Secret | None = None


async def set_user_code(command: SetUserCode, actor: Actor, ports: Ports) -> Person:
    """Store the code as a slow hash; sessions and tokens stay."""
    tenant = await tenant_for(actor, "users:write", command.tenant, ports)
    person = await find(command.person, tenant, ports)
    code = command.code.reveal() if command.code is not None else None
    if code is not None and not _SHORTEST <= len(code) <= _LONGEST:
        raise Invalid(f"a user code has {_SHORTEST} to {_LONGEST} characters")
    hashed = await ports.passwords.hash(code) if code is not None else None
    changed = replace(
        person, user_code_hash=hashed, updated_at=ports.clock.now(), revision=person.revision + 1
    )
    told = audit("person.user_code_set", actor, ports, tenant.tenant_id, sub=person.sub)
    await replace_or_refuse(ports, Replace(changed), told)
    return changed
