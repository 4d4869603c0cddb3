"""One clause, or the reward, over the whole box of what the facts may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.interval import Interval
from pipeline.rules import rule_engine
from pipeline.rules.corners import CORNERS_MAX, Point, context_of, corners
from pipeline.rules.expression import ExpressionError, paths_read
from pipeline.rules.rewards import RewardError, read_table
from pipeline.rules.syntax import breakpoints_of, syntax_tree_of
from pipeline.texts import Said
from pipeline.vocabulary import FactError, Parts, path_text, read_fact

Outcome = Literal["pass", "fail", "unsure"]

_TOO_WIDE = (
    f"too uncertain: more than {CORNERS_MAX} cases, or a ratio within a formula",
    f"不确定性过大：超过 {CORNERS_MAX} 种情形，或公式中含比例",
)


@dataclass(frozen=True, slots=True)
class ClauseEvaluation:
    """How a clause came out: 'pass' and 'fail' hold for every value in `measured`. `points` were tried;
    `holds_at` and `fails_at` show one each where there is one; `problem` says why it could not be judged."""

    outcome: Outcome
    measured: dict[Parts, Interval]
    points: int = 0
    holds_at: dict[str, float] | None = None
    fails_at: dict[str, float] | None = None
    problem: Said | None = None


@dataclass(frozen=True, slots=True)
class RewardEvaluation:
    """The least, the estimated and the greatest amount in fen; None where one cannot be told."""

    low_fen: int | None
    best_fen: int | None
    high_fen: int | None
    measured: dict[Parts, Interval]
    points: int = 0
    rows: tuple[int, ...] = ()
    problem: Said | None = None

    @property
    def is_sure(self) -> bool:
        """Whether only one amount is possible."""
        return self.problem is None and self.low_fen is not None and self.low_fen == self.high_fen


def evaluate_clause(expression: str, facts: Mapping[str, Any]) -> ClauseEvaluation:
    """Try the expression at all points that matter; never raises: what cannot be evaluated is 'unsure'."""
    measured: dict[Parts, Interval] = {}
    try:
        paths = paths_read(expression)
        measured = {path: read_fact(facts, path) for path in paths}
        tree = syntax_tree_of(expression)
        points = corners(measured, breakpoints_of([tree], monotone=True) if tree else None)
        if points is None:
            return ClauseEvaluation("unsure", measured, problem=_TOO_WIDE)
        return _try_clause(expression, measured, list(points))
    except (ExpressionError, FactError, rule_engine.RuleEngineError) as error:
        return ClauseEvaluation("unsure", measured, problem=(error.en, error.zh))


def _try_clause(expression: str, measured: dict[Parts, Interval], points: list[Point]) -> ClauseEvaluation:
    shown: dict[bool, dict[str, float]] = {}
    for point in points:
        answer = rule_engine.holds(expression, context_of(point))
        if answer not in shown:
            shown[answer] = _named(point)
    outcome: Outcome = "unsure" if len(shown) == 2 else ("pass" if True in shown else "fail")
    return ClauseEvaluation(outcome, measured, len(points), shown.get(True), shown.get(False))


def evaluate_reward(reward: Mapping[str, Any], facts: Mapping[str, Any]) -> RewardEvaluation:
    """The amounts that the table gives over all that the facts may be; never raises, see `problem`."""
    measured: dict[Parts, Interval] = {}
    best: int | None = None
    try:
        table = read_table(reward)
        paths = table.paths()
        measured = {path: read_fact(facts, path) for path in paths}
        estimate = context_of({path: interval.best for path, interval in measured.items()})
        best, rows = rule_engine.amount_and_rows(table.json, estimate)
        points = corners(measured, table.breakpoints())
        if points is None:
            return RewardEvaluation(None, best, None, measured, rows=rows, problem=_TOO_WIDE)
        contexts = [context_of(point) for point in points]
        amounts = [best if each == estimate else rule_engine.amount_fen(table.json, each) for each in contexts]
        return RewardEvaluation(min(amounts), best, max(amounts), measured, len(amounts), rows)
    except (ExpressionError, FactError, RewardError, rule_engine.RuleEngineError) as error:
        return RewardEvaluation(None, best, None, measured, problem=(error.en, error.zh))


def _named(point: Point) -> dict[str, float]:
    return {path_text(path): value for path, value in point.items()}
