"""A change set made ready for a database: the statements in order, each with the change it belongs to."""

from dataclasses import dataclass, field
from typing import NamedTuple

from limen.ports.storage import Change
from limen.storage.news import News
from limen.storage.sql.statement import Statement, Values

# Numbers of the feed come from one row, whose lock makes them become visible in their order.
NEXT = Statement("UPDATE feed_head SET seq = seq + :count RETURNING seq")
NEWS = Statement(
    "INSERT INTO feed (seq, at, topic, tenant_id, key, until)"
    " VALUES (:seq, :at, :topic, :tenant_id, :key, :until)"
)
BEAT = Statement("UPDATE pulse SET beats = beats + 1")  # writes, and changes nothing anybody reads


class Step(NamedTuple):
    """One statement. `conditional`: unless it touches or finds a row, the change at `place` has failed."""

    statement: Statement
    arguments: Values
    place: int
    conditional: bool


@dataclass(slots=True)
class Plan:
    """What one `commit` will do. `touched` is how many rows the last conditional step touched."""

    changes: tuple[Change, ...] = ()
    now: int = 0
    steps: list[Step] = field(default_factory=list)
    news: list[News] = field(default_factory=list)
    guarded: bool = False  # a condition may fail after something was written
    touched: int = 0
    _written: bool = False

    @property
    def is_single(self) -> bool:
        """One statement is all there is to it."""
        return len(self.steps) == 1 and not self.news

    def add(self, statement: Statement, arguments: Values, place: int, *, conditional: bool) -> None:
        """Append a step."""
        if conditional and self._written:
            self.guarded = True
        if not statement.reads:
            self._written = True
        self.steps.append(Step(statement, arguments, place, conditional))

    def tell(self, news: News) -> None:
        self.news.append(news)


# What a database answers for one plan: None for success, the index of the change that failed, or an accident.
Outcome = int | None | Exception
