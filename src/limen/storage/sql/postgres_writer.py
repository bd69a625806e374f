"""Committing plans to PostgreSQL: those that cannot get into each other's way share a transaction.

Such plans go forward together, first step by first step: equal statements of one wave travel in one round
trip. A plan whose condition fails before it wrote anything drops out; where that is not so, or anything
unforeseen happens, the transaction is taken back and each plan is made alone.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence

import asyncpg  # type: ignore[import-untyped]

from limen.storage.news import News
from limen.storage.sql.plan import NEWS, NEXT, Outcome, Plan
from limen.storage.sql.postgres_lines import LOST, Line
from limen.storage.sql.statement import Statement

ATTEMPTS = 10
PAUSE_SECONDS = 0.005
# Another transaction was in the way: the same plan may well succeed now.
_IN_THE_WAY: tuple[type[Exception], ...] = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)


class _TakeBackError(Exception):
    """The transaction holds writes of a plan that has failed."""


async def commit_together(line: Line, plans: Sequence[Plan]) -> list[Outcome] | None:
    """Commit plans that do not touch the same rows; None when they have to be made one by one."""
    if len(plans) == 1:
        return [await commit_alone(line, plans[0])]
    if _is_one_statement(plans):
        return await _one_statement(line, plans)
    await line.say("BEGIN")
    try:
        failed = await _waves(line, plans)
        await _publish(line, [plan for place, plan in enumerate(plans) if place not in failed])
        await line.say("COMMIT")
    except LOST:
        raise
    except (_TakeBackError, asyncpg.PostgresError):
        await line.say("ROLLBACK")
        return None
    return [failed.get(place) for place in range(len(plans))]


async def commit_alone(line: Line, plan: Plan) -> Outcome:
    """Commit one plan, again when another transaction was in its way."""
    for attempt in range(ATTEMPTS):
        try:
            return await _transaction(line, plan)
        except LOST:
            raise
        except _IN_THE_WAY as error:
            if attempt == ATTEMPTS - 1:
                return error
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is told to who asked for the plan
            return error
    raise AssertionError


async def _transaction(line: Line, plan: Plan) -> Outcome:
    if _is_one_statement([plan]):
        return await _steps(line, plan)
    await line.say("BEGIN")
    try:
        failed = await _steps(line, plan)
        if failed is None:
            await _publish(line, [plan])
    except LOST:
        raise
    except Exception:
        await line.say("ROLLBACK")
        raise
    await line.say("COMMIT" if failed is None else "ROLLBACK")
    return failed


async def _steps(line: Line, plan: Plan) -> int | None:
    for step in plan.steps:
        try:
            touched = len(await line.touch_many(step.statement, [step.arguments]))
        except asyncpg.UniqueViolationError:  # a row with another key is in its way
            return step.place
        if step.conditional:
            plan.touched = touched
            if not touched:
                return step.place
    return None


async def _one_statement(line: Line, plans: Sequence[Plan]) -> list[Outcome] | None:
    try:
        failed = await _waves(line, plans)
    except LOST:
        raise
    except asyncpg.PostgresError:
        return None
    return [failed.get(place) for place in range(len(plans))]


def _is_one_statement(plans: Sequence[Plan]) -> bool:
    """Tell whether one round trip makes the plans: it is a transaction by itself."""
    return len({plan.steps[0].statement for plan in plans if plan.steps}) == 1 and all(
        len(plan.steps) == 1 and not plan.news for plan in plans
    )


async def _waves(line: Line, plans: Sequence[Plan]) -> dict[int, int]:
    """Make the plans' steps, wave by wave; return which plans failed, and at which change."""
    failed: dict[int, int] = {}
    for wave in range(max(len(plan.steps) for plan in plans)):
        for statement, places in _by_statement(plans, wave, failed).items():
            asked = [plans[place].steps[wave].arguments for place in places]
            touched = Counter(row[0] for row in await line.touch_many(statement, asked))
            for number, place in enumerate(places):
                step = plans[place].steps[wave]
                if step.conditional and not touched[number]:
                    _require_unwritten(plans[place], wave)
                    failed[place] = step.place
    return failed


def _by_statement(
    plans: Sequence[Plan], wave: int, failed: Mapping[int, int]
) -> Mapping[Statement, Sequence[int]]:
    groups: dict[Statement, list[int]] = {}
    for place, plan in enumerate(plans):
        if place not in failed and wave < len(plan.steps):
            groups.setdefault(plan.steps[wave].statement, []).append(place)
    return groups


def _require_unwritten(plan: Plan, wave: int) -> None:
    if any(not step.statement.reads for step in plan.steps[:wave]):
        raise _TakeBackError


async def _publish(line: Line, plans: Sequence[Plan]) -> None:
    told: list[tuple[int, News]] = [(plan.now, news) for plan in plans for news in plan.news]
    if not told:
        return
    [(last,)] = await line.rows(NEXT, (len(told),))
    first = last - len(told) + 1
    await line.touch_many(NEWS, [(seq, at, *news) for seq, (at, news) in enumerate(told, first)])
