"""The shelves of the store in memory, and what each change of the storage port does to them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from limen.model.artifacts import Artifact, BackchannelRequest
from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person, Throttle
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.ports.storage import (
    KEPT_SECONDS,
    Add,
    Count,
    Deny,
    Forgive,
    Live,
    Mark,
    Present,
    Put,
    Remove,
    Replace,
    Revoke,
    Rotate,
    SignOut,
    Swap,
    Unchanged,
)
from limen.protocol.username import username_key
from limen.storage.codec import decode, encode

R = TypeVar("R")
Shelf = dict[tuple[str, ...], Any]

KEYS: Mapping[type, tuple[str, ...]] = {
    Tenant: ("tenant_id",),
    Client: ("tenant_id", "client_id"),
    Person: ("tenant_id", "sub"),
    Key: ("tenant_id", "kid"),
    Consent: ("tenant_id", "sub", "client_id"),
    Event: ("tenant_id", "event_id"),
    Session: ("tenant_id", "session_id"),
    Grant: ("tenant_id", "grant_id"),
    Mark: ("tenant_id", "purpose", "digest"),
    Deny: ("tenant_id", "jti"),
    Throttle: ("tenant_id", "bucket"),
}
# In what a record put again must agree with the one there: whose it is.
_OWNED_BY: Mapping[type, tuple[str, ...]] = {Grant: ("session_id", "client_id", "sub")}
_ARTIFACT_OWNED_BY = ("client_id", "sub", "user_code_digest")
# What no two records of a kind may share, besides their key.
NAMES: Mapping[type, Callable[[Any], tuple[str, ...]]] = {
    Tenant: lambda tenant: (tenant.name,),
    Person: lambda person: (person.tenant_id, username_key(person.username)),
    Session: lambda session: (session.tenant_id, session.digest),
}


class Shelves:
    """Records by kind and key. `begin` gives the way back."""

    def __init__(self) -> None:
        self._shelves: dict[type, Shelf] = {}
        self._undo: list[tuple[type, tuple[str, ...], Any]] = []

    def begin(self) -> Callable[[], None]:
        """Return what takes back every write from here on."""
        self._undo = []
        return self._take_back

    def all(self) -> Iterator[tuple[type, Shelf]]:
        return iter(self._shelves.items())

    def of(self, kind: type[R]) -> Iterable[R]:
        return tuple(self._shelves.get(kind, {}).values())

    def find(self, kind: type[R], key: tuple[str, ...]) -> R | None:
        found: R | None = self._shelves.get(kind, {}).get(key)
        return found

    def put(self, record: Any) -> bool:
        """Keep the record under its key; say no when another one has its name."""
        kind = type(record)
        shelf, key = self._shelves.setdefault(kind, {}), key_of(record)
        name = NAMES.get(kind)
        if name and any(name(other) == name(record) for place, other in shelf.items() if place != key):
            return False
        self._undo.append((kind, key, shelf.get(key)))
        # Through the codec, so that what comes back is what a database would give back.
        shelf[key] = record if kind in (Mark, Deny, Throttle) else decode(kind, encode(record))
        return True

    def drop(self, kind: type, key: tuple[str, ...]) -> bool:
        shelf = self._shelves.get(kind, {})
        if key not in shelf:
            return False
        self._undo.append((kind, key, shelf.pop(key)))
        return True

    def drop_where(self, kinds: Iterable[type], matches: Callable[[Any], bool]) -> None:
        for kind in kinds:
            record: Any
            for record in self.of(kind):
                if matches(record):
                    self.drop(kind, key_of(record))

    def kinds(self) -> tuple[type, ...]:
        return tuple(self._shelves)

    def _take_back(self) -> None:
        for kind, key, before in reversed(self._undo):
            if before is None:
                self._shelves[kind].pop(key, None)
            else:
                self._shelves[kind][key] = before


def key_of(record: Any) -> tuple[str, ...]:
    kind = type(record)
    names = ("tenant_id", "digest") if issubclass(kind, Artifact) else KEYS[kind]
    return tuple(getattr(record, name) for name in names)


def _whose(record: Any) -> tuple[str | None, ...]:
    names = _OWNED_BY.get(type(record), _ARTIFACT_OWNED_BY if isinstance(record, Artifact) else ())
    return tuple(getattr(record, name, None) for name in names)


def _put(change: Put, shelves: Shelves) -> bool:
    there: Any = shelves.find(type(change.record), key_of(change.record))
    return (there is None or _whose(there) == _whose(change.record)) and shelves.put(change.record)


def _add(change: Add, shelves: Shelves) -> bool:
    there = shelves.find(type(change.record), key_of(change.record))
    return there is None and shelves.put(change.record)


def _replace(change: Replace, shelves: Shelves) -> bool:
    there: Any = shelves.find(type(change.record), key_of(change.record))
    if there is None:
        return False
    return bool(there.revision == change.record.revision - 1 and shelves.put(change.record))


def _swap(change: Swap, shelves: Shelves) -> bool:
    kind, key = type(change.old), key_of(change.old)
    if shelves.find(kind, key) != change.old:
        return False
    if key != key_of(change.new) and shelves.find(kind, key_of(change.new)) is not None:
        return False
    shelves.drop(kind, key)
    return shelves.put(change.new)


def _remove(change: Remove, shelves: Shelves) -> bool:
    record: Any = change.record
    if not shelves.drop(type(record), key_of(record)):
        return False
    match record:
        case Tenant():
            kinds = [kind for kind in shelves.kinds() if kind not in (Mark, Deny)]
            shelves.drop_where(kinds, lambda other: other.tenant_id == record.tenant_id)
        case Client():
            _drop_of(shelves, record, "client_id", (Grant, Consent, *_artifacts(shelves)))
        case Person():
            for grant in _mine(shelves.of(Grant), record, "sub"):
                _drop_of(shelves, grant, "grant_id", _artifacts(shelves))
            _drop_of(shelves, record, "sub", (Grant, Consent, Session, BackchannelRequest))
        case Grant():
            _drop_of(shelves, record, "grant_id", _artifacts(shelves))
        case _:
            pass
    return True


def _artifacts(shelves: Shelves) -> tuple[type, ...]:
    return tuple(kind for kind in shelves.kinds() if issubclass(kind, Artifact))


def _mine(records: Iterable[Any], owner: Any, name: str) -> list[Any]:
    wanted = (owner.tenant_id, getattr(owner, name))
    return [record for record in records if (record.tenant_id, getattr(record, name, None)) == wanted]


def _drop_of(shelves: Shelves, owner: Any, name: str, kinds: Iterable[type]) -> None:
    for kind in kinds:
        for record in _mine(shelves.of(kind), owner, name):
            shelves.drop(kind, key_of(record))


def _mark(change: Mark, shelves: Shelves) -> bool:
    return shelves.find(Mark, key_of(change)) is None and shelves.put(change)


def _rotate(change: Rotate, shelves: Shelves) -> bool:
    grant = shelves.find(Grant, (change.tenant_id, change.grant_id))
    if grant is None or grant.revoked_at or grant.generation != change.generation:
        return False
    outlived = 0 < grant.expires_at < change.refresh_expires_at
    return shelves.put(
        replace(
            grant,
            generation=grant.generation + 1,
            rotated_at=change.now,
            refresh_expires_at=change.refresh_expires_at,
            expires_at=change.refresh_expires_at + KEPT_SECONDS if outlived else grant.expires_at,
        )
    )


def _live(change: Live, shelves: Shelves) -> bool:
    grant = shelves.find(Grant, (change.tenant_id, change.grant_id))
    return grant is not None and not grant.revoked_at


def _present(change: Present, shelves: Shelves) -> bool:
    return shelves.find(Session, (change.tenant_id, change.session_id)) is not None


def _unchanged(change: Unchanged, shelves: Shelves) -> bool:
    person = shelves.find(Person, (change.tenant_id, change.sub))
    return person is not None and person.revision == change.revision


def _sign_out(change: SignOut, shelves: Shelves) -> bool:
    shelves.drop_where((Session,), lambda one: (one.tenant_id, one.sub) == (change.tenant_id, change.sub))
    return True


def _revoke(change: Revoke, shelves: Shelves) -> bool:
    for grant in shelves.of(Grant):
        mine = grant.tenant_id == change.tenant_id and not grant.revoked_at
        if mine and all(getattr(grant, name) == getattr(change, name) for name in change.chosen):
            shelves.put(replace(grant, revoked_at=change.now, revoked_by=change.reason))
    return True


def _deny(change: Deny, shelves: Shelves) -> bool:
    there: Deny | None = shelves.find(Deny, key_of(change))
    return shelves.put(change) if there is None or there.expires_at < change.expires_at else True


def _count(change: Count, shelves: Shelves) -> bool:
    there = shelves.find(Throttle, (change.tenant_id, change.bucket))
    if there is None or there.expires_at <= change.now:
        return shelves.put(
            Throttle(
                tenant_id=change.tenant_id,
                bucket=change.bucket,
                failures=1,
                first_at=change.now,
                last_at=change.now,
                expires_at=change.now + change.window,
            )
        )
    return shelves.put(replace(there, failures=there.failures + 1, last_at=change.now))


def _forgive(change: Forgive, shelves: Shelves) -> bool:
    shelves.drop(Throttle, (change.tenant_id, change.bucket))
    return True


WRITERS: Mapping[type, Callable[[Any, Shelves], bool]] = {
    Put: _put,
    Add: _add,
    Replace: _replace,
    Swap: _swap,
    Remove: _remove,
    Mark: _mark,
    Rotate: _rotate,
    Live: _live,
    Present: _present,
    Unchanged: _unchanged,
    SignOut: _sign_out,
    Revoke: _revoke,
    Deny: _deny,
    Count: _count,
    Forgive: _forgive,
}
