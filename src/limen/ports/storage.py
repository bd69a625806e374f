"""The store: read by key, decide, then commit one change set (docs/decisions: storage).

Every backend passes `limen.testing.storage_contract`. Reads see every acknowledged commit. A change
set commits whole or not at all; all sets that became ready in one turn of the event loop share a
transaction. `commit` returns the first change whose condition did not hold, or None.
"""

from typing import Protocol, TypeVar

import msgspec

from limen.model.artifacts import Artifact, BackchannelRequest, DeviceCode
from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person, Throttle
from limen.model.session import Session
from limen.model.tenant import Tenant

A = TypeVar("A", bound=Artifact)
# What has expired is kept a while: who asks for it hears expired_token (RFC 8628 §3.5, CIBA Core §11).
EXPIRED_KEPT = 120
Record = Tenant | Client | Person | Key | Session | Grant | Consent | Event | Artifact
REVOKE_BY = ("grant_id", "session_id", "client_id", "sub")


class Put(msgspec.Struct, frozen=True, gc=False):
    """Insert the record or replace the one with its key.

    Condition: a grant or artifact that is replaced was of the same client, person, session and user code,
    and no other record has its name. Keys are random, so that only a made-up one fails the first.
    """

    record: Record


class Add(msgspec.Struct, frozen=True, gc=False):
    """Insert the record. Condition: nothing has its key (nor a person its username)."""

    record: Record


class Replace(msgspec.Struct, frozen=True, gc=False):
    """Replace a Tenant, Client or Person. Condition: the stored revision is record.revision - 1."""

    record: Tenant | Client | Person


class Swap(msgspec.Struct, frozen=True, gc=False):
    """Replace an Artifact, Session or Key. Condition: what is stored equals `old`."""

    old: Artifact | Session | Key
    new: Artifact | Session | Key

    def __post_init__(self) -> None:
        if type(self.new) is not type(self.old):
            raise TypeError("a record is swapped for one of its kind")


class Remove(msgspec.Struct, frozen=True, gc=False):
    """Delete by the record's key, with all that belongs to it. Condition: it was there."""

    record: Record


class Mark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Use something once. Condition: it was not marked before. `purpose`: code, jti, dpop …"""

    tenant_id: str
    purpose: str
    digest: str
    expires_at: int


KEPT_SECONDS = 3_600


class Rotate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Advance a grant's refresh token. Condition: the grant lives and is at `generation`.

    The row outlives the token, by up to `KEPT_SECONDS`: an end that moved with each rotation would have every
    rotation write to an index, in PostgreSQL to all of them.
    """

    tenant_id: str
    grant_id: str
    generation: int
    now: int
    refresh_expires_at: int


class Live(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Nothing changes. Condition: the grant exists and is not revoked."""

    tenant_id: str
    grant_id: str


class Present(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Nothing changes. Condition: the session has not ended."""

    tenant_id: str
    session_id: str


class Unchanged(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Nothing changes. Condition: the person is there and still of this revision."""

    tenant_id: str
    sub: str
    revision: int


class SignOut(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """End every session that the person has when it happens. No condition.

    What bars new ones, a change of the person, goes before it in the set: whoever signs in meanwhile has then
    either been seen by this, or loses an `Unchanged`.
    """

    tenant_id: str
    sub: str


class Revoke(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Revoke every live grant that matches all the given members (at least one). No condition."""

    tenant_id: str
    now: int
    reason: str
    grant_id: str | None = None
    session_id: str | None = None
    client_id: str | None = None
    sub: str | None = None

    def __post_init__(self) -> None:
        if not self.chosen:
            raise ValueError(f"Revoke needs at least one of {', '.join(REVOKE_BY)}")

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the members that are given."""
        return tuple(name for name in REVOKE_BY if getattr(self, name) is not None)


class Deny(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Refuse one access token until it expires; every worker knows within a second. No condition."""

    tenant_id: str
    jti: str
    expires_at: int


class Count(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Add one failure to a throttle bucket, starting anew when it has expired. No condition."""

    tenant_id: str
    bucket: str
    now: int
    window: int


class Forgive(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Empty a throttle bucket. No condition."""

    tenant_id: str
    bucket: str


Change = (
    Put
    | Add
    | Replace
    | Swap
    | Remove
    | Mark
    | Rotate
    | Live
    | Present
    | Unchanged
    | SignOut
    | Revoke
    | Deny
    | Count
    | Forgive
)


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A grant with the session and the person it depends on, read together from the primary."""

    grant: Grant
    session: Session | None
    person: Person | None


class Directory(Protocol):
    """What lasts. Tenants, clients and keys may be cached: a change elsewhere shows within a second."""

    async def tenant(self, name: str) -> Tenant | None:
        """Return the tenant of a path segment ('' for the root tenant)."""
        ...

    async def tenants(self) -> tuple[Tenant, ...]: ...

    async def client(self, tenant_id: str, client_id: str) -> Client | None: ...

    async def clients(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Client, ...]:
        """Return clients in order of client_id, those behind `after`."""
        ...

    async def person(self, tenant_id: str, sub: str) -> Person | None: ...

    async def person_named(self, tenant_id: str, username: str) -> Person | None: ...

    async def people(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Person, ...]:
        """Return people in order of username, those behind `after`."""
        ...

    async def keys(self, tenant_id: str) -> tuple[Key, ...]: ...

    async def consent(self, tenant_id: str, sub: str, client_id: str) -> Consent | None: ...

    async def consents(self, tenant_id: str, sub: str) -> tuple[Consent, ...]: ...

    async def events(self, tenant_id: str, *, after: str = "", limit: int = 200) -> tuple[Event, ...]: ...

    def denied(self, tenant_id: str, jti: str) -> bool:
        """Tell whether the access token was revoked by itself."""
        ...


class Artifacts(Protocol):
    """What expires. Never cached."""

    async def standing(self, tenant_id: str, grant_id: str) -> Standing | None:
        """Return the grant, even a revoked one, with its session and person."""
        ...

    async def session(self, tenant_id: str, digest: str) -> tuple[Session, Person | None] | None:
        """Return the session with the digest of its cookie's handle, and its person."""
        ...

    async def sessions(self, tenant_id: str, sub: str) -> tuple[Session, ...]: ...

    async def grants(self, tenant_id: str, *, session_id: str | None = None) -> tuple[Grant, ...]:
        """Return live grants: all of the tenant, or those of a session."""
        ...

    async def get(self, kind: type[A], tenant_id: str, digest: str) -> A | None:
        """Return the artifact, even an expired one, as long as it was not swept."""
        ...

    async def device_code(self, tenant_id: str, user_code_digest: str) -> DeviceCode | None:
        """Return the DeviceCode a user code belongs to, or None."""
        ...

    async def backchannel_requests(self, tenant_id: str, sub: str) -> tuple[BackchannelRequest, ...]:
        """Return the pending BackchannelRequests that wait for a person."""
        ...

    async def throttle(self, tenant_id: str, bucket: str) -> Throttle | None: ...


class Storage(Directory, Artifacts, Protocol):
    """Both ports, with the one way to change anything."""

    async def commit(self, *changes: Change) -> Change | None:
        """Apply all changes durably, or none and return the first whose condition failed."""
        ...

    async def sweep(self, now: int) -> int:
        """Delete what has expired by `now`, in bounded steps; return how many rows went.

        Servers say a `now` that is EXPIRED_KEPT seconds ago.
        """
        ...

    async def check(self) -> None:
        """Raise when the store cannot be read and written."""
        ...

    async def close(self) -> None: ...
