"""Deleting what has expired, a bounded step at a time. Nothing goes before its expires_at."""

from string import Template

from limen.storage.sql.connection import Database
from limen.storage.sql.plan import Plan
from limen.storage.sql.statement import Statement

STEP = 500
FEED_SECONDS = 3_600  # who slept longer reads everything again

_DELETE = Template(
    "DELETE FROM $table WHERE expires_at > 0 AND expires_at <= :now AND ($key) IN (SELECT $key FROM $table"
    " WHERE expires_at > 0 AND expires_at <= :now LIMIT :step /*postgres FOR UPDATE SKIP LOCKED*/)"
)
_EXPIRING = {
    "artifacts": "tenant_id, kind, digest",
    "sessions": "tenant_id, session_id",
    "grants": "tenant_id, grant_id",
    "consents": "tenant_id, sub, client_id",
    "throttles": "tenant_id, bucket",
    "denied": "tenant_id, jti",
    "marks": "tenant_id, purpose, digest",
}
EXPIRED = tuple(Statement(_DELETE.substitute(table=table, key=key)) for table, key in _EXPIRING.items())
OLD_NEWS = Statement(
    "DELETE FROM feed WHERE at < :now AND seq IN"
    " (SELECT seq FROM feed WHERE at < :now ORDER BY seq LIMIT :step)"
)


async def sweep(database: Database, now: int) -> int:
    """Delete all that expired by `now` and return how many rows went; each step is a commit of its own."""
    swept = 0
    for statement in EXPIRED:
        swept += await _steps(database, statement, now)
    await _steps(database, OLD_NEWS, now - FEED_SECONDS)
    return swept


async def _steps(database: Database, statement: Statement, now: int) -> int:
    swept = 0
    while True:
        step = Plan()
        step.add(statement, statement.bind({"now": now, "step": STEP}), 0, conditional=True)
        await database.commit(step)
        swept += step.touched
        if step.touched < STEP:
            return swept
