"""Committing plans to one SQLite connection: many share a transaction, and one that fails goes alone.

This file knows no event loop: `sqlite.py` calls it in the loop's thread or in a writer's thread, never in
both at a time.
"""

import time
from collections.abc import Sequence
from typing import Any

import apsw

from limen.storage.news import News
from limen.storage.sql.plan import BEAT, NEWS, NEXT, Outcome, Plan, Step
from limen.storage.sql.sqlite_checkpoint import Checkpointer
from limen.storage.sql.statement import Statement

_CONFLICTS = {apsw.SQLITE_CONSTRAINT_UNIQUE, apsw.SQLITE_CONSTRAINT_PRIMARYKEY}
PROBES = 5


class SqliteWriter:
    """`commit_seconds` is what a commit has lately cost: mostly the disk's answer to fsync.

    `patience` is for how many milliseconds it waits for another process that writes.
    """

    def __init__(self, connection: apsw.Connection, checkpointer: Checkpointer, *, patience: int = 0) -> None:
        self.connection, self._checkpointer, self._patience = connection, checkpointer, patience
        self._execute = connection.cursor().execute
        self._texts: dict[Statement, str] = {}
        self.commit_seconds = 0.0

    def probe(self) -> None:
        """Learn what a commit costs here."""
        costs = []
        for _ in range(PROBES):
            self._begin()
            self._execute(self.text(BEAT))
            costs.append(self._commit())
        self.commit_seconds = sorted(costs)[PROBES // 2]

    def text(self, statement: Statement) -> str:
        text = self._texts.get(statement)
        if text is None:
            text = self._texts[statement] = statement.numbered("sqlite", "?")
        return text

    def run(self, plans: Sequence[Plan]) -> list[Outcome]:
        """Commit the plans in one transaction; apsw.BusyError when another process is writing."""
        if len(plans) == 1 and plans[0].is_single:
            return [self._at_once(plans[0])]
        self._begin()
        try:
            outcomes: list[Outcome] = self._apply(plans)
            self._publish(plans, outcomes)
            cost = self._commit()
        except apsw.BusyError:  # another process was faster when we began again: nothing was committed
            self._roll_back()
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told to those whose plan it was
            self._roll_back()
            if len(plans) == 1:
                return [error]
            # One of them is at fault: the others must not suffer for it.
            return [self._alone(plan) for plan in plans]
        self._settle(cost)
        return outcomes

    def prepare(self, plans: Sequence[Plan]) -> list[Outcome] | None:
        """Do all but the commit, waiting for nobody; None where that cannot be, and then nothing is done."""
        if len(plans) == 1 and plans[0].is_single:
            return None
        self.connection.set_busy_timeout(0)
        try:
            self._begin()
            outcomes: list[Outcome] = self._apply(plans)
            self._publish(plans, outcomes)
        except Exception:  # noqa: BLE001 -- `run` finds out whose fault it is
            self._roll_back()
            return None
        finally:
            self.connection.set_busy_timeout(self._patience)
        return outcomes

    def finish(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Commit what was prepared, and wait for the disk."""
        try:
            cost = self._commit()
        except apsw.Error as error:
            self._roll_back()
            return [error] * len(outcomes)
        self._settle(cost)
        return outcomes

    def _at_once(self, plan: Plan) -> Outcome:
        """Make a plan of one statement a transaction by itself, in one call of SQLite instead of three."""
        started = time.perf_counter()
        try:
            failed = self._steps(plan)
        except apsw.BusyError:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told to those whose plan it was
            return error
        self._settle(time.perf_counter() - started)
        return failed

    def _settle(self, cost: float) -> None:
        self.commit_seconds += (cost - self.commit_seconds) / 16
        if self._checkpointer.overgrown:
            self._checkpointer.finish(self.connection)

    def _alone(self, plan: Plan) -> Outcome:
        try:
            return self.run([plan])[0]
        except apsw.BusyError as error:
            return error

    def _apply(self, plans: Sequence[Plan]) -> list[Outcome]:
        """Expect every condition to hold; when one failed too late, begin again with savepoints."""
        outcomes: list[Outcome] = []
        for plan in plans:
            failed = self._steps(plan)
            outcomes.append(failed)
            if failed is not None and plan.guarded and failed != plan.steps[0].place:
                self._roll_back()
                self._begin()
                return [self._guarded(each) for each in plans]
        return outcomes

    def _guarded(self, plan: Plan) -> int | None:
        if not plan.guarded:
            return self._steps(plan)
        self._execute("SAVEPOINT change_set")
        failed = self._steps(plan)
        if failed is not None:
            self._execute("ROLLBACK TO change_set")
        self._execute("RELEASE change_set")
        return failed

    def _steps(self, plan: Plan) -> int | None:
        for step in plan.steps:
            touched = self._touch(step)
            if step.conditional:
                plan.touched = touched
                if not touched:
                    return step.place
        return None

    def _touch(self, step: Step) -> int:
        """Run a statement; return how many rows it found or touched, none when another row is in its way."""
        try:
            cursor = self._execute(self.text(step.statement), step.arguments)
        except apsw.ConstraintError as error:
            if getattr(error, "extendedresult", 0) not in _CONFLICTS:
                raise
            return 0
        return len(cursor.fetchall()) if step.statement.reads else self.connection.changes()

    def _publish(self, plans: Sequence[Plan], outcomes: Sequence[Outcome]) -> None:
        told: list[tuple[int, News]] = []
        for plan, outcome in zip(plans, outcomes, strict=True):
            if outcome is None and plan.news:
                told += [(plan.now, news) for news in plan.news]
        if not told:
            return
        row: Any = self._execute(self.text(NEXT), (len(told),)).fetchall()[0]
        last: int = row[0]
        for seq, (at, news) in enumerate(told, last - len(told) + 1):
            self._execute(self.text(NEWS), (seq, at, *news))

    def _begin(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def _commit(self) -> float:
        started = time.perf_counter()
        self._execute("COMMIT")
        return time.perf_counter() - started

    def _roll_back(self) -> None:
        if self.connection.in_transaction:
            self._execute("ROLLBACK")
