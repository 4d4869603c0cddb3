"""Soundness by property: an automatic answer is the answer at every point of the intervals.

The oracle is arithmetic of our own over every whole point; it shares no code with the choice of corners.
"""

import itertools
import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.interval import Interval
from pipeline.rules.clauses import Clause, TaskRules, tiered_reward
from pipeline.rules.evaluate import evaluate_clause, evaluate_reward
from pipeline.rules.verdict import decide
from pipeline.texts import Text

NAMES = ("own", "competitor", "unknown")
Values = dict[str, int]
Condition = tuple[str, Callable[[Values], bool]]

COMPARISONS = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
}  # fmt: skip
SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def terms(draw: st.DrawFn) -> tuple[str, Callable[[Values], int]]:
    """A fact, a difference, a sum, a product, a remainder."""
    first, second = draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES))
    form = draw(st.sampled_from(["fact", "fact", "-", "+", "*", "%", "twice"]))
    if form == "fact":
        return f"facings.{first}", lambda v: v[first]
    if form == "twice":
        return f"2 * facings.{first} - facings.{second}", lambda v: 2 * v[first] - v[second]
    if form == "%":
        return f"facings.{first} % 3", lambda v: v[first] % 3
    work = {"-": operator.sub, "+": operator.add, "*": operator.mul}[form]
    return f"facings.{first} {form} facings.{second}", lambda v: work(v[first], v[second])


@st.composite
def comparisons(draw: st.DrawFn) -> Condition:
    text, value = draw(terms())
    number = draw(st.integers(-4, 12))
    sign = draw(st.sampled_from([*COMPARISONS, "in", "not in", "list"]))
    if sign in COMPARISONS:
        compare = COMPARISONS[sign]
        if draw(st.booleans()):
            return f"{number} {sign} {text}", lambda v: bool(compare(number, value(v)))
        return f"{text} {sign} {number}", lambda v: bool(compare(value(v), number))
    name = draw(st.sampled_from(NAMES))
    if sign == "list":
        return f"facings.{name} in [{number}, {number + 3}]", lambda v: v[name] in (number, number + 3)
    width = draw(st.integers(0, 4))
    inside: Callable[[Values], bool] = lambda v: number <= v[name] <= number + width  # noqa: E731
    text = f"facings.{name} {sign} [{number}..{number + width}]"
    return text, inside if sign == "in" else lambda v: not inside(v)


def _combined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    def joined(pair: tuple[Condition, str, Condition]) -> Condition:
        (left, holds_left), word, (right, holds_right) = pair
        if word == "and":
            return f"({left}) and ({right})", lambda v: holds_left(v) and holds_right(v)
        return f"({left}) or ({right})", lambda v: holds_left(v) or holds_right(v)

    negated = parts.map(lambda part: (f"not ({part[0]})", lambda v: not part[1](v)))
    return st.one_of(st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(joined), negated)


CONDITIONS = st.recursive(comparisons(), _combined, max_leaves=4)
INTERVALS = st.tuples(st.integers(0, 14), st.integers(0, 5), st.integers(0, 5)).map(
    lambda t: Interval(t[0], t[0] + t[1], t[0] + t[1] + t[2])
)
BOXES = st.fixed_dictionaries({name: INTERVALS for name in NAMES})


def facts_of(box: dict[str, Interval]) -> dict[str, Any]:
    return {"facings": {name: interval.as_dict() for name, interval in box.items()}}


def points_of(box: dict[str, Interval]) -> list[Values]:
    axes = [range(int(box[name].low), int(box[name].high) + 1) for name in NAMES]
    return [dict(zip(NAMES, values, strict=True)) for values in itertools.product(*axes)]


@SETTINGS
@given(CONDITIONS, BOXES)
def test_an_answer_holds_at_every_point_and_a_doubt_is_real(condition: Condition, box: dict[str, Interval]) -> None:
    text, holds = condition
    answers = {holds(point) for point in points_of(box)}
    judged = evaluate_clause(text, facts_of(box))
    assert judged.problem is None
    expected = "unsure" if len(answers) == 2 else ("pass" if True in answers else "fail")
    assert judged.outcome == expected


@SETTINGS
@given(CONDITIONS, BOXES, BOXES)
def test_to_know_less_never_makes_an_unsure_clause_sure(
    condition: Condition, box: dict[str, Interval], more: dict[str, Interval]
) -> None:
    wider = {
        name: Interval(min(box[name].low, more[name].low), box[name].best, max(box[name].high, more[name].high))
        for name in NAMES
    }
    narrow, wide = (evaluate_clause(condition[0], facts_of(each)).outcome for each in (box, wider))
    assert wide in (narrow, "unsure")


WIDE = st.integers(0, 400).flatmap(lambda low: st.integers(1500, 4000).map(lambda high: Interval(low, low + 1, high)))


@SETTINGS
@given(CONDITIONS, st.fixed_dictionaries({name: WIDE for name in NAMES}), st.data())
def test_an_answer_over_a_wide_box_holds_at_points_drawn_from_it(
    condition: Condition, box: dict[str, Interval], data: st.DataObject
) -> None:
    """Too wide to be tried whole: here the shape of the expression alone is trusted."""
    text, holds = condition
    judged = evaluate_clause(text, facts_of(box))
    for _ in range(8):
        point = {name: data.draw(st.integers(int(each.low), int(each.high))) for name, each in box.items()}
        if judged.outcome != "unsure":
            assert holds(point) == (judged.outcome == "pass")


@SETTINGS
@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3).map(lambda n: n * 100)), min_size=1, max_size=4),
    INTERVALS,
)
def test_an_automatic_amount_is_the_amount_at_every_point(tiers: list[tuple[int, int]], own: Interval) -> None:
    rules = TaskRules(
        (Clause("c", Text("Clause", "条款"), "facings.own >= 0", "refuse"),), tiered_reward("facings.own", tiers), 1000
    )
    ordered = sorted(tiers, reverse=True)
    amounts = {
        next((fen for least, fen in ordered if value >= least), 0) for value in range(int(own.low), int(own.high) + 1)
    }
    verdict = decide({"facings": {"own": own.as_dict()}}, [], rules)
    assert verdict.outcome == ("pass" if len(amounts) == 1 else "review")
    assert (verdict.amount_range["low"], verdict.amount_range["high"]) == (min(amounts), max(amounts))


RATIOS = st.lists(st.integers(0, 100).map(lambda n: n / 100), min_size=3, max_size=3).map(
    lambda three: Interval(*sorted(three))
)


@SETTINGS
@given(RATIOS, st.lists(st.integers(0, 100), min_size=2, max_size=2), st.sampled_from(["and", "or"]), st.data())
def test_an_answer_about_a_ratio_holds_at_every_hundredth(
    share: Interval, limits: list[int], word: str, data: st.DataObject
) -> None:
    signs = [data.draw(st.sampled_from(sorted(COMPARISONS))) for _ in limits]
    text = f" {word} ".join(f"share.own {sign} {limit / 100}" for sign, limit in zip(signs, limits, strict=True))
    judged = evaluate_clause(text, {"share": {"own": share.as_dict()}})
    for hundredth in range(round(share.low * 100), round(share.high * 100) + 1):
        each = [COMPARISONS[sign](hundredth, limit) for sign, limit in zip(signs, limits, strict=True)]
        if judged.outcome != "unsure":
            assert (all(each) if word == "and" else any(each)) == (judged.outcome == "pass")


def _wide(own: tuple[int, int], total: tuple[int, int]) -> dict[str, Any]:
    facts = {"own": Interval(own[0], own[0], own[1]), "total": Interval(total[0], total[0], total[1])}
    return {"facings": {name: interval.as_dict() for name, interval in facts.items()}}


@pytest.mark.parametrize(
    "expression",
    [
        "facings.own - facings.total >= -50 and facings.own - facings.total <= 50",
        "facings.own - facings.total >= -50 and not (facings.own - facings.total > 50)",
        "facings.own >= facings.total and facings.total >= facings.own",
        "facings.own > 150 and facings.own < 1000",
        "facings.own in [150..1000] and facings.own not in [151..999]",
    ],
)
def test_what_is_false_at_all_ends_and_true_inside_is_not_refused(expression: str) -> None:
    """The differences at the four ends are -3900, -100, -1000 and 2800: too wide a box to be tried whole."""
    assert evaluate_clause(expression, _wide((100, 3000), (200, 4000))).outcome == "unsure"


def test_an_amount_that_is_alike_at_the_ends_only_is_not_sure() -> None:
    rows = tiered_reward("facings.own", [(1, 200), (2, 500)])
    rules = rows["nodes"][1]["content"]["rules"]
    rules[0].update(tier="$ >= facings.total + 50", reward="200")
    rules[1].update(tier="$ >= facings.total - 50", reward="500")
    rules[2].update(reward="200")
    assert not evaluate_reward(rows, _wide((100, 3000), (200, 4000))).is_sure
    piece = tiered_reward("facings.own", [(0, 1)])
    piece["nodes"][1]["content"]["rules"][0]["reward"] = "facings.own * (10 - facings.own)"
    pieces = evaluate_reward(piece, _wide((3, 7), (9, 9)))
    assert (pieces.low_fen, pieces.high_fen) == (21, 25)
