"""The most that a reward can give: known before anything is paid."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interval import Interval
from pipeline.rules import rule_engine
from pipeline.rules.amounts import bounds_of
from pipeline.rules.clauses import simple_reward, tiered_reward
from pipeline.rules.reward_bounds import greatest_fen
from pipeline.vocabulary import FRONTS_MAX


def table(*rows: tuple[str, str], path: str = "facings.own", hit: str = "first") -> dict[str, Any]:
    """A reward whose only column reads `path`; rows are condition and amount."""
    reward = tiered_reward(path, [])
    reward["nodes"][1]["content"] |= {
        "hitPolicy": hit,
        "rules": [{"_id": f"row-{number}", "tier": cell, "reward": fen} for number, (cell, fen) in enumerate(rows)],
    }
    return reward


@pytest.mark.parametrize(
    ("reward", "most"),
    [
        (simple_reward(0), 0),
        (simple_reward(200), 200),
        (tiered_reward("facings.own", [(6, 200), (10, 300)]), 300),
        (tiered_reward("share.own", [(0.5, 200), (6, 900)]), 200),  # no share is 6
        (table((">= 12", "100"), (">= 6", "700"), ("> 20", "900"), ("", "0")), 700),  # the third is never first
        (table((">= 6", "200"), ("[4..5]", "500"), hit="collect"), 500),  # no count is both
        (table((">= 6", "200"), (">= 4", "500"), hit="collect"), 700),
        (table(("[6..24]", "facings.own * 50"), ("> 24", "1000"), ("", "0")), 1200),
        (table(("", "facings.own * 50")), FRONTS_MAX * 50),
        (table(("", "min([facings.own, 24]) * 50")), 1200),
        (table(("", "facings.own * (10 - facings.own)")), 25),  # what is below zero is never given
        (table(("", "facings.own * 10 + min([facings.new, 3]) * 100")), FRONTS_MAX * 10 + 300),
        (table(("", "facings.total * 1000000")), rule_engine.FEN_MAX),
        (table(("$ > facings.total", "900"), ("", "100")), 900),  # not told by the cells: each row counts
        ({"nodes": []}, None),
        (table((">= ", "100")), 0),
    ],
)
def test_the_greatest_amount_of_a_table(reward: dict[str, Any], most: int | None) -> None:
    assert greatest_fen(reward) == most


NUMBERS = st.integers(0, 9).map(str)
FACTS = st.sampled_from(["facings.own", "facings.new", "facings.total"])
FORMULAS = st.recursive(
    NUMBERS | FACTS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max", "sum"]), inner, inner).map(lambda t: f"{t[0]}([{t[1]}, {t[2]}])"),
        st.tuples(st.sampled_from(["abs", "floor", "ceil"]), inner).map(lambda t: f"{t[0]}({t[1]} * 0.5)"),
        st.tuples(inner, st.integers(1, 9)).map(lambda t: f"({t[0]} % {t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} > 3 ? {t[1]} : {t[2]})"),
        inner.map(lambda one: f"(-{one} / 4)"),
    ),
    max_leaves=6,
)
WITHIN = st.tuples(st.integers(0, 12), st.integers(0, 6)).map(lambda t: Interval(t[0], t[0], t[0] + t[1]))


@settings(max_examples=200, deadline=None)
@given(FORMULAS, st.fixed_dictionaries({name: WITHIN for name in ("own", "new", "total")}), st.data())
def test_no_amount_lies_outside_the_bounds_of_its_formula(
    formula: str, within: dict[str, Interval], data: st.DataObject
) -> None:
    """The engine's own answer, at points drawn from the box."""
    bounds = bounds_of(formula, {("facings", name): each for name, each in within.items()})
    assert bounds is not None
    for _ in range(5):
        facts = {name: data.draw(st.integers(int(each.low), int(each.high))) for name, each in within.items()}
        value = Decimal(str(rule_engine.value_of(formula, {"facings": facts})))
        assert bounds[0] - Decimal("1e-9") <= value <= bounds[1] + Decimal("1e-9"), facts


@pytest.mark.parametrize(
    "formula", ["100 / facings.own", "facings.own ? 1 :", "[facings.own]", "facings.own in [1..2]"]
)
def test_what_is_not_followed_has_no_bounds(formula: str) -> None:
    assert bounds_of(formula, {("facings", "own"): Interval(0, 0, 9)}) is None
