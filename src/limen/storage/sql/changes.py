"""Each change of the storage port as the statements that make it."""

from collections.abc import Callable, Mapping
from typing import Any

from limen.model.client import Client
from limen.model.grant import Grant
from limen.model.person import Person
from limen.model.tenant import Tenant
from limen.ports.storage import (
    KEPT_SECONDS,
    REVOKE_BY,
    Add,
    Change,
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
from limen.storage.news import news_of
from limen.storage.sql.plan import Plan
from limen.storage.sql.statement import Statement
from limen.storage.sql.tables import table_of

MARK = Statement(
    "INSERT INTO marks (tenant_id, purpose, digest, expires_at)"
    " VALUES (:tenant_id, :purpose, :digest, :expires_at) ON CONFLICT DO NOTHING"
)
# A row must outlive the refresh token that hangs from it.
ROTATE = Statement(
    "UPDATE grants SET generation = generation + 1, rotated_at = :now,"  # noqa: S608 -- a constant
    " refresh_expires_at = :refresh_expires_at,"
    " expires_at = CASE WHEN expires_at > 0 AND expires_at < :refresh_expires_at"
    f" THEN :refresh_expires_at + {KEPT_SECONDS} ELSE expires_at END"
    " WHERE tenant_id = :tenant_id AND grant_id = :grant_id AND generation = :generation AND revoked_at = 0"
)
LIVE = Statement(
    "SELECT grant_id FROM grants WHERE tenant_id = :tenant_id AND grant_id = :grant_id AND revoked_at = 0"
    " /*postgres FOR SHARE*/"  # nobody may revoke it between this condition and the end of the transaction
)
PRESENT = Statement(
    "SELECT session_id FROM sessions WHERE tenant_id = :tenant_id AND session_id = :session_id"
    " /*postgres FOR SHARE*/"
)
UNCHANGED = Statement(
    "SELECT sub FROM people WHERE tenant_id = :tenant_id AND sub = :sub AND revision = :revision"
    " /*postgres FOR SHARE*/"
)
SIGN_OUT = Statement("DELETE FROM sessions WHERE tenant_id = :tenant_id AND sub = :sub")
DENY = Statement(
    "INSERT INTO denied (tenant_id, jti, expires_at) VALUES (:tenant_id, :jti, :expires_at)"
    " ON CONFLICT (tenant_id, jti) DO UPDATE SET expires_at = excluded.expires_at"
    " WHERE denied.expires_at < excluded.expires_at"
)
COUNT = Statement(
    "INSERT INTO throttles (tenant_id, bucket, failures, first_at, last_at, expires_at)"
    " VALUES (:tenant_id, :bucket, 1, :now, :now, :expires_at) ON CONFLICT (tenant_id, bucket) DO UPDATE SET"
    " failures = CASE WHEN throttles.expires_at <= :now THEN 1 ELSE throttles.failures + 1 END,"
    " first_at = CASE WHEN throttles.expires_at <= :now THEN :now ELSE throttles.first_at END,"
    " expires_at = CASE WHEN throttles.expires_at <= :now THEN :expires_at ELSE throttles.expires_at END,"
    " last_at = :now"
)
FORGIVE = Statement("DELETE FROM throttles WHERE tenant_id = :tenant_id AND bucket = :bucket")

_REVOKE = (
    "UPDATE grants SET revoked_at = :now, revoked_by = :reason"
    " WHERE tenant_id = :tenant_id AND revoked_at = 0"
)
# One text for each choice of members, so that every one finds its index.
REVOKE: Mapping[tuple[str, ...], Statement] = {
    chosen: Statement(_REVOKE + "".join(f" AND {name} = :{name}" for name in chosen))
    for chosen in (
        tuple(name for bit, name in enumerate(REVOKE_BY) if choice & (1 << bit)) for choice in range(1, 16)
    )
}

_TENANT = "tenant_id = :tenant_id"
# Marks and denials of a removed tenant stay until they expire: what they protect against has not.
BELONGINGS: Mapping[type, tuple[Statement, ...]] = {
    Tenant: tuple(
        Statement(f"DELETE FROM {table} WHERE {_TENANT}")  # noqa: S608 -- names from the next line
        for table in (
            "clients",
            "people",
            "keys",
            "consents",
            "events",
            "sessions",
            "grants",
            "artifacts",
            "throttles",
        )
    ),
    Client: (
        Statement(f"DELETE FROM artifacts WHERE {_TENANT} AND client_id = :client_id"),  # noqa: S608
        Statement(f"DELETE FROM grants WHERE {_TENANT} AND client_id = :client_id"),  # noqa: S608
        Statement(f"DELETE FROM consents WHERE {_TENANT} AND client_id = :client_id"),  # noqa: S608
    ),
    Person: (
        Statement(
            f"DELETE FROM artifacts WHERE {_TENANT} AND grant_id IN"  # noqa: S608
            f" (SELECT grant_id FROM grants WHERE {_TENANT} AND sub = :sub)"
        ),
        Statement(
            f"DELETE FROM artifacts WHERE {_TENANT} AND kind = 'BackchannelRequest' AND found_by = :sub"  # noqa: S608
        ),
        Statement(f"DELETE FROM grants WHERE {_TENANT} AND sub = :sub"),  # noqa: S608
        Statement(f"DELETE FROM consents WHERE {_TENANT} AND sub = :sub"),  # noqa: S608
        SIGN_OUT,
    ),
    Grant: (Statement(f"DELETE FROM artifacts WHERE {_TENANT} AND grant_id = :grant_id"),),  # noqa: S608
}


def plan(changes: tuple[Change, ...], now: int) -> Plan:
    """Return the statements that make the changes."""
    made = Plan(changes, now)
    for index, change in enumerate(changes):
        WRITERS[type(change)](change, index, made)
    return made


def _put(change: Put, index: int, made: Plan) -> None:
    table = table_of(change.record)
    made.add(table.put, table.put.bind(table.row(change.record)), index, conditional=table.may_refuse)
    _tell(change, made)


def _add(change: Add, index: int, made: Plan) -> None:
    table = table_of(change.record)
    made.add(table.add, table.add.bind(table.row(change.record)), index, conditional=True)
    _tell(change, made)


def _replace(change: Replace, index: int, made: Plan) -> None:
    table = table_of(change.record)
    values = table.row(change.record) | {"old_revision": change.record.revision - 1}
    made.add(table.replace, table.replace.bind(values), index, conditional=True)
    _tell(change, made)


def _swap(change: Swap, index: int, made: Plan) -> None:
    table = table_of(change.old)
    before, after = table.row(change.old), table.row(change.new)
    changed = tuple(name for name, value in after.items() if name != "record" and value != before[name])
    old = {f"old_{name}": value for name, value in before.items()}
    swap = table.swap(changed)
    made.add(swap, swap.bind(after | old), index, conditional=True)
    _tell(change, made)


def _remove(change: Remove, index: int, made: Plan) -> None:
    table = table_of(change.record)
    key = table.key_of(change.record)
    made.add(table.remove, table.remove.bind(key), index, conditional=True)
    for statement in BELONGINGS.get(type(change.record), ()):
        made.add(statement, statement.bind(key), index, conditional=False)
    _tell(change, made)


def _revoke(change: Revoke, index: int, made: Plan) -> None:
    statement = REVOKE[change.chosen]
    made.add(statement, statement.members(change), index, conditional=False)


def _deny(change: Deny, index: int, made: Plan) -> None:
    made.add(DENY, DENY.members(change), index, conditional=False)
    _tell(change, made)


def _count(change: Count, index: int, made: Plan) -> None:
    values = COUNT.bind(
        {
            "tenant_id": change.tenant_id,
            "bucket": change.bucket,
            "now": change.now,
            "expires_at": change.now + change.window,
        }
    )
    made.add(COUNT, values, index, conditional=False)


def _writer(statement: Statement, *, conditional: bool) -> Callable[[Change, int, Plan], None]:
    """Return what writes a change that is one statement on its own members."""

    def write(change: Change, index: int, made: Plan) -> None:
        made.add(statement, statement.members(change), index, conditional=conditional)

    return write


def _tell(change: Put | Add | Replace | Swap | Remove | Deny, made: Plan) -> None:
    if news := news_of(change):
        made.tell(news)


WRITERS: Mapping[type, Callable[[Any, int, Plan], None]] = {
    Put: _put,
    Add: _add,
    Replace: _replace,
    Swap: _swap,
    Remove: _remove,
    Mark: _writer(MARK, conditional=True),
    Rotate: _writer(ROTATE, conditional=True),
    Live: _writer(LIVE, conditional=True),
    Present: _writer(PRESENT, conditional=True),
    Unchanged: _writer(UNCHANGED, conditional=True),
    SignOut: _writer(SIGN_OUT, conditional=False),
    Revoke: _revoke,
    Deny: _deny,
    Count: _count,
    Forgive: _writer(FORGIVE, conditional=False),
}
