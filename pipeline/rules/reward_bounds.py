"""Which rows of a reward table a photo can reach, and what they can give, over all that facts may ever be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, floor
from types import MappingProxyType
from typing import Any

from pipeline.interval import Interval
from pipeline.rules import rule_engine
from pipeline.rules.amounts import bounds_of
from pipeline.rules.corners import Point, context_of, corners
from pipeline.rules.expression import ExpressionError, paths_read
from pipeline.rules.rewards import RewardError, RewardTable, read_table
from pipeline.vocabulary import Parts, range_of

Fen = tuple[int, int]  # the least and the greatest amount, both included


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows that match `within` intervals of the facts, by each combination of facts that matters; None where these
    are too many, or are not told by the cells: then any row may match anywhere."""

    rows: int
    within: Mapping[Parts, Interval]
    combinations: tuple[tuple[tuple[int, ...], Point], ...] | None

    @property
    def reached(self) -> frozenset[int]:
        """Numbers of the rows that some photo reaches."""
        if self.combinations is None:
            return frozenset(range(self.rows))
        return frozenset(row for rows, _ in self.combinations for row in rows)

    def box(self, row: int, paths: Iterable[Parts]) -> dict[Parts, Interval]:
        """Within what these facts lie where the row matches."""
        points = [point for rows, point in self.combinations or () if row in rows]
        narrowed = {path: _hull([point[path] for point in points]) for path in (points[0] if points else ())}
        return {path: narrowed.get(path) or self.within.get(path) or range_of(path) for path in paths}


def reach_of(table: RewardTable, within: Mapping[Parts, Interval] = MappingProxyType({})) -> Reach:
    """Which rows match where, as far as the facts lie `within` these intervals; of a table that takes the first, only
    the first that does. ExpressionError for cells that are wrong."""
    columns = dict(table.columns)
    read = [*columns.values(), *(path for _, _, cell in table.conditions() for path in paths_read(cell, cell=True))]
    points = corners({path: within.get(path) or range_of(path) for path in read}, table.row_breakpoints())
    if points is None:
        return Reach(len(table.rows), within, None)
    found: list[tuple[tuple[int, ...], Point]] = []
    for point in points:
        context = context_of(point)
        rows = [
            number
            for number, row in enumerate(table.rows)
            if all(
                _holds(row[column], point[path], context)
                for column, path in table.columns
                if row.get(column, "").strip()
            )
        ]
        found.append((tuple(rows[:1] if table.hit_policy == "first" else rows), point))
    return Reach(len(table.rows), within, tuple(found))


def _holds(cell: str, value: float, context: dict[str, Any]) -> bool:
    """Whether a condition holds; where it cannot be evaluated the rule engine's table does not match either."""
    try:
        return rule_engine.cell_holds(cell, value, context)
    except rule_engine.RuleEngineError:
        return False


def row_fen(table: RewardTable, row: int, reach: Reach) -> Fen | None:
    """The least and the greatest amount of a row, wherever it matches; None for a formula that is not followed.
    RuleEngineError where it gives no whole amount from 0 to FEN_MAX at one of the points tried."""
    formula, facts, points = _formula(table, row, reach)
    if points is not None:
        amounts = [rule_engine.whole_fen(rule_engine.value_of(formula, context_of(point))) for point in points]
        return min(amounts), max(amounts)
    bounds = bounds_of(formula, facts)
    return None if bounds is None else (floor(bounds[0]), ceil(bounds[1]))


def greatest_fen(reward: Mapping[str, Any], within: Mapping[Parts, Interval] = MappingProxyType({})) -> int | None:
    """The most that a reward can give for one display whatever a photo shows, in fen: never less than it ever gives,
    and exactly the most where the amounts are numbers. `within`: as far as the facts lie within these intervals, as
    `together.within_of` tells of those of a task's clauses. None where the table cannot be read, as that of a row
    damaged in the database.
    """
    try:
        table = read_table(reward)
        return greatest_of(table, reach_of(table, within))
    except (ExpressionError, RewardError, rule_engine.RuleEngineError):
        return None


def greatest_of(table: RewardTable, reach: Reach) -> int:
    """As `greatest_fen`, of a table that has been read. ExpressionError, RuleEngineError for cells that are wrong."""
    most = {row: _most_fen(table, row, reach) for row in reach.reached}
    if table.hit_policy == "first":
        return max(most.values(), default=0)
    if reach.combinations is None:
        return sum(most.values())
    return max((sum(most[row] for row in rows) for rows, _ in reach.combinations), default=0)


def _most_fen(table: RewardTable, row: int, reach: Reach) -> int:
    """As `row_fen`, of whatever was published: what is no amount is never given, and no amount is above FEN_MAX."""
    formula, facts, points = _formula(table, row, reach)
    if points is None:
        bounds = bounds_of(formula, facts)
        return rule_engine.FEN_MAX if bounds is None else max(0, min(ceil(bounds[1]), rule_engine.FEN_MAX))
    amounts = [0]
    for point in points:
        try:
            amounts.append(rule_engine.whole_fen(rule_engine.value_of(formula, context_of(point))))
        except rule_engine.RuleEngineError:
            continue
    return max(amounts)


def _formula(table: RewardTable, row: int, reach: Reach) -> tuple[str, dict[Parts, Interval], list[Point] | None]:
    """The text of a row's amount, within what the facts in it lie where the row matches, and every point of that; None
    where these are too many to be tried."""
    formula = table.rows[row][table.output]
    facts = reach.box(row, paths_read(formula))
    points = corners(facts, None)
    return formula, facts, None if points is None else list(points)


def _hull(values: list[float]) -> Interval:
    return Interval(min(values), min(values), max(values))
