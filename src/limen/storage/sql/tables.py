"""The table of each record: its key, the columns beside the JSON text, and the texts that write it."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from string import Template
from typing import Any

from limen.model.artifacts import Artifact
from limen.model.client import Client
from limen.model.consent import Consent
from limen.model.event import Event
from limen.model.grant import Grant
from limen.model.key import Key
from limen.model.person import Person
from limen.model.session import Session
from limen.model.tenant import Tenant
from limen.protocol.username import username_key
from limen.storage.codec import encode
from limen.storage.sql.statement import Statement, tuple_of

Values = dict[str, Any]


class Table:
    """Where a kind of record is kept.

    `unique`: a row with another key may stand in its way. `fixed`: columns in which a record put again must
    agree with the one there; they are not written again, because that would rewrite their indexes, too.
    `may_refuse`: it may happen that a record cannot be put.
    """

    def __init__(
        self,
        name: str,
        key: tuple[str, ...],
        columns: tuple[str, ...] = (),
        *,
        derived: Mapping[str, Callable[[Any], Any]] | None = None,
        fixed: tuple[str, ...] = (),
        unique: bool = False,
    ) -> None:
        self.name, self.key, self.may_refuse = name, key, unique or bool(fixed)
        self._swaps: dict[tuple[str, ...], Statement] = {}
        self._derived = derived or {}
        self._plain = tuple(column for column in (*key, *columns) if column not in self._derived)
        self._members = tuple_of(attrgetter, self._plain)
        texts = self._texts = _texts(name, key, (*key, *columns, "record"), fixed)
        self.put = _statement(
            "INSERT INTO $table ($columns) VALUES ($values)"
            " ON CONFLICT ($key) DO UPDATE SET $excluded WHERE $as_it_was",
            texts,
        )
        self.add = _statement("INSERT INTO $table ($columns) VALUES ($values) ON CONFLICT DO NOTHING", texts)
        self.replace = _statement(
            "UPDATE $table SET $assigned WHERE $found AND revision = :old_revision", texts
        )
        self.remove = _statement("DELETE FROM $table WHERE $found", texts)
        self.stored = _statement("SELECT record FROM $table WHERE $found", texts)

    def row(self, record: object) -> Values:
        """Return the record's columns by name."""
        values = dict(zip(self._plain, self._members(record), strict=True))
        for column, derive in self._derived.items():
            values[column] = derive(record)
        values["record"] = encode(record)
        return values

    def swap(self, changed: tuple[str, ...]) -> Statement:
        """Return the statement that writes only the columns that are to change."""
        statement = self._swaps.get(changed)
        if statement is None:
            assigned = ", ".join(f"{column} = :{column}" for column in (*changed, "record"))
            text = "UPDATE $table SET $changed WHERE $found_old AND record = :old_record"
            statement = self._swaps[changed] = _statement(text, {**self._texts, "changed": assigned})
        return statement

    def key_of(self, record: object) -> Values:
        """Return the columns that find the record."""
        return {
            column: self._derived[column](record) if column in self._derived else getattr(record, column)
            for column in self.key
        }


def kind_name(kind: type[Artifact]) -> str:
    """Return the name under which artifacts of a kind are kept."""
    return kind.__name__


def table_of(record: object) -> Table:
    """Return the table of a record's kind."""
    table = TABLES.get(type(record))
    if table is not None:
        return table
    if isinstance(record, Artifact):
        return ARTIFACTS
    raise TypeError(f"{type(record).__name__} is not a stored record")


def _texts(
    table: str, key: tuple[str, ...], columns: tuple[str, ...], fixed: tuple[str, ...]
) -> Mapping[str, str]:
    """Return the parts that statements on the table are put together from."""
    return {
        "table": table,
        "columns": ", ".join(columns),
        "values": ", ".join(f":{column}" for column in columns),
        "key": ", ".join(key),
        "excluded": ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {*key, *fixed}),
        "as_it_was": " AND ".join(f"{table}.{name} IS NOT DISTINCT FROM excluded.{name}" for name in fixed)
        or "TRUE",
        "assigned": ", ".join(f"{column} = :{column}" for column in columns),
        "found": " AND ".join(f"{column} = :{column}" for column in key),
        "found_old": " AND ".join(f"{column} = :old_{column}" for column in key),
    }


def _statement(text: str, texts: Mapping[str, str]) -> Statement:
    return Statement(Template(text).substitute(texts))


def _found_by(artifact: Artifact) -> str | None:
    """A device code is also found by its user code, a back-channel request by its person."""
    return getattr(artifact, "user_code_digest", None) or getattr(artifact, "sub", None)


ARTIFACTS = Table(
    "artifacts",
    ("tenant_id", "kind", "digest"),
    ("client_id", "grant_id", "found_by", "expires_at"),
    derived={
        "kind": lambda artifact: kind_name(type(artifact)),
        "client_id": lambda artifact: getattr(artifact, "client_id", None),
        "grant_id": lambda artifact: getattr(artifact, "grant_id", None),
        "found_by": _found_by,
    },
    fixed=("client_id", "found_by"),
)
GRANTS = Table(
    "grants",
    ("tenant_id", "grant_id"),
    (
        "session_id",
        "client_id",
        "sub",
        "generation",
        "rotated_at",
        "refresh_expires_at",
        "expires_at",
        "revoked_at",
        "revoked_by",
    ),
    fixed=("session_id", "client_id", "sub"),
)
SESSIONS = Table("sessions", ("tenant_id", "session_id"), ("digest", "sub", "expires_at"), unique=True)
TABLES: Mapping[type, Table] = {
    Tenant: Table("tenants", ("tenant_id",), ("name", "revision"), unique=True),
    Client: Table("clients", ("tenant_id", "client_id"), ("revision",)),
    Person: Table(
        "people",
        ("tenant_id", "sub"),
        ("username_key", "revision"),
        derived={"username_key": lambda person: username_key(person.username)},
        unique=True,
    ),
    Key: Table("keys", ("tenant_id", "kid")),
    Consent: Table("consents", ("tenant_id", "sub", "client_id"), ("expires_at",)),
    Event: Table("events", ("tenant_id", "event_id")),
    Session: SESSIONS,
    Grant: GRANTS,
}
