"""Reading what expires: grants, sessions, artifacts and throttles. Never cached."""

from msgspec.structs import replace

from limen.model.artifacts import BackchannelRequest, DeviceCode
from limen.model.grant import Grant
from limen.model.person import Person, Throttle
from limen.model.session import Session
from limen.ports.storage import A, Standing
from limen.storage.codec import decode, recall
from limen.storage.sql.connection import Database, Row
from limen.storage.sql.statement import Statement
from limen.storage.sql.tables import kind_name

# What single statements advance; it rules over the record's own members.
_ADVANCED = ("generation", "rotated_at", "refresh_expires_at", "expires_at", "revoked_at", "revoked_by")
_GRANT = "SELECT g.record, " + ", ".join(f"g.{name}" for name in _ADVANCED)

# By subqueries: SQLite takes four times as long for the same rows by left joins.
STANDING = Statement(
    _GRANT  # noqa: S608 -- two constants
    + ", (SELECT s.record FROM sessions AS s WHERE s.tenant_id = g.tenant_id AND s.session_id = g.session_id)"
    ", (SELECT p.record FROM people AS p WHERE p.tenant_id = g.tenant_id AND p.sub = g.sub)"
    " FROM grants AS g WHERE g.tenant_id = :tenant_id AND g.grant_id = :grant_id"
)
_LIVE = _GRANT + " FROM grants AS g WHERE g.tenant_id = :tenant_id AND g.revoked_at = 0"
GRANTS = Statement(_LIVE + " ORDER BY g.grant_id")
GRANTS_OF_SESSION = Statement(_LIVE + " AND g.session_id = :session_id ORDER BY g.grant_id")
SESSION = Statement(
    "SELECT s.record,"
    " (SELECT p.record FROM people AS p WHERE p.tenant_id = s.tenant_id AND p.sub = s.sub)"
    " FROM sessions AS s WHERE s.tenant_id = :tenant_id AND s.digest = :digest"
)
SESSIONS = Statement(
    "SELECT record FROM sessions WHERE tenant_id = :tenant_id AND sub = :sub ORDER BY session_id"
)
ARTIFACT = Statement(
    "SELECT record FROM artifacts WHERE tenant_id = :tenant_id AND kind = :kind AND digest = :digest"
)
FOUND_BY = Statement(
    "SELECT record FROM artifacts WHERE tenant_id = :tenant_id AND kind = :kind AND found_by = :found_by"
    " ORDER BY digest"
)
THROTTLE = Statement(
    "SELECT failures, first_at, last_at, expires_at FROM throttles"
    " WHERE tenant_id = :tenant_id AND bucket = :bucket"
)


class SqlArtifacts:
    """The Artifacts port on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def standing(self, tenant_id: str, grant_id: str) -> Standing | None:
        row = await self._database.one(STANDING, tenant_id=tenant_id, grant_id=grant_id)
        if row is None:
            return None
        return Standing(
            grant=_grant(recall(Grant, row[0]), row[1:7]),
            session=recall(Session, row[7]) if row[7] is not None else None,
            person=recall(Person, row[8]) if row[8] is not None else None,
        )

    async def session(self, tenant_id: str, digest: str) -> tuple[Session, Person | None] | None:
        row = await self._database.one(SESSION, tenant_id=tenant_id, digest=digest)
        if row is None:
            return None
        return recall(Session, row[0]), recall(Person, row[1]) if row[1] is not None else None

    async def sessions(self, tenant_id: str, sub: str) -> tuple[Session, ...]:
        rows = await self._database.rows(SESSIONS, tenant_id=tenant_id, sub=sub)
        return tuple(decode(Session, row[0]) for row in rows)

    async def grants(self, tenant_id: str, *, session_id: str | None = None) -> tuple[Grant, ...]:
        if session_id is None:
            rows = await self._database.rows(GRANTS, tenant_id=tenant_id)
        else:
            rows = await self._database.rows(GRANTS_OF_SESSION, tenant_id=tenant_id, session_id=session_id)
        return tuple(_grant(decode(Grant, row[0]), row[1:7]) for row in rows)

    async def get(self, kind: type[A], tenant_id: str, digest: str) -> A | None:
        row = await self._database.one(ARTIFACT, tenant_id=tenant_id, kind=kind_name(kind), digest=digest)
        return decode(kind, row[0]) if row else None

    async def device_code(self, tenant_id: str, user_code_digest: str) -> DeviceCode | None:
        found = await self._found_by(DeviceCode, tenant_id, user_code_digest)
        return found[0] if found else None

    async def backchannel_requests(self, tenant_id: str, sub: str) -> tuple[BackchannelRequest, ...]:
        found = await self._found_by(BackchannelRequest, tenant_id, sub)
        return tuple(request for request in found if request.status == "pending")

    async def throttle(self, tenant_id: str, bucket: str) -> Throttle | None:
        row = await self._database.one(THROTTLE, tenant_id=tenant_id, bucket=bucket)
        if row is None:
            return None
        failures, first_at, last_at, expires_at = row
        return Throttle(
            tenant_id=tenant_id,
            bucket=bucket,
            failures=failures,
            first_at=first_at,
            last_at=last_at,
            expires_at=expires_at,
        )

    async def _found_by(self, kind: type[A], tenant_id: str, found_by: str) -> tuple[A, ...]:
        rows = await self._database.rows(
            FOUND_BY, tenant_id=tenant_id, kind=kind_name(kind), found_by=found_by
        )
        return tuple(decode(kind, row[0]) for row in rows)


def _grant(record: Grant, advanced: Row) -> Grant:
    """Return a grant as its columns tell, which rule over its text."""
    if advanced[0] == record.generation and advanced[4] == record.revoked_at:
        return record
    # Rotated or revoked since it was put.
    return replace(record, **dict(zip(_ADVANCED, advanced, strict=True)))
