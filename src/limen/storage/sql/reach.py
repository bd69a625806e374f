"""Which rows a change set touches: sets that cannot get into each other's way may share a transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from limen.model.artifacts import Artifact
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.session import Session
from limen.ports.storage import (
    Add,
    Change,
    Count,
    Deny,
    Forgive,
    Live,
    Mark,
    Present,
    Put,
    Revoke,
    Rotate,
    Swap,
    Unchanged,
)
from limen.storage.sql.tables import table_of

Row = tuple[object, ...]


@dataclass(slots=True)
class Reach:
    """`alone`: more rows than can be told. `shared` rows bear others of their kind, `own` rows nobody."""

    own: set[Row] = field(default_factory=set)
    shared: set[Row] = field(default_factory=set)
    alone: bool = False

    def meets(self, other: "Reach") -> bool:
        mine_in_others = self.own & (other.own | other.shared)
        return self.alone or other.alone or bool(mine_in_others or self.shared & other.own)

    def take_in(self, other: "Reach") -> None:
        self.own |= other.own
        self.shared |= other.shared


def reach(changes: Iterable[Change]) -> Reach:
    """Return the rows that the changes read or write."""
    reached = Reach()
    for change in changes:
        _extend(reached, change)
    return reached


def _extend(reached: Reach, change: Change) -> None:
    match change:
        case Mark() | Deny():
            pass  # nobody ever takes one back: whoever comes first was first
        case Live():
            reached.shared.add(("grants", change.tenant_id, change.grant_id))
        case Present():
            reached.shared.add(("sessions", change.tenant_id, change.session_id))
        case Unchanged():
            reached.shared.add(("people", change.tenant_id, change.sub))
        case Rotate() | Revoke(grant_id=str()):
            reached.own.add(("grants", change.tenant_id, change.grant_id))
        case Count():
            reached.shared.add(("throttles", change.tenant_id, change.bucket))
        case Forgive():
            reached.own.add(("throttles", change.tenant_id, change.bucket))
        case Swap():
            reached.own |= {_row(change.old), _row(change.new)}
        case Put() | Add() if isinstance(change.record, Grant | Session | Artifact | Consent | Event):
            reached.own.add(_row(change.record))
        case _:
            reached.alone = True


def _row(record: object) -> Row:
    table = table_of(record)
    return (table.name, *table.key_of(record).values())
