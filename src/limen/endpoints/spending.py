"""Using up a pushed request once its authorization is complete (RFC 9126 §4, §7.3)."""

from msgspec import structs

from limen.model.artifacts import Interaction, PushedRequest
from limen.ports.storage import Change, Mark, Put

MARK = "par"
_REMEMBER = 86_400  # longer than any journey that began with it


def spend(tenant_id: str, pushed: str, client_id: str, now: int) -> tuple[Change, ...]:
    """Return the mark that lets one journey complete, and an entry that nobody can visit again."""
    mark = Mark(tenant_id=tenant_id, purpose=MARK, digest=pushed, expires_at=now + _REMEMBER)
    return mark, bury(tenant_id, pushed, client_id, now)


def bury(tenant_id: str, pushed: str, client_id: str, now: int) -> Change:
    """Return the change after which a visit finds nothing; the sweep takes the rest."""
    spent = PushedRequest(tenant_id=tenant_id, digest=pushed, expires_at=now, client_id=client_id, params={})
    return Put(spent)


def over(interaction: Interaction) -> Interaction:
    """Return the journey as no handle starts it again."""
    return structs.replace(interaction, params={}, carried=False, ended=True)
