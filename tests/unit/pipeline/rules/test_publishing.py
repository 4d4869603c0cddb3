"""Rules that decide nothing are not published: what no photo meets, every photo meets, or no photo can be paid for."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline.rules.clauses import Clause, TaskRules, check_rules, simple_reward, tiered_reward
from pipeline.rules.together import within_of
from pipeline.texts import Text
from tests.unit.pipeline.rules.test_reward_bounds import table
from tests.unit.pipeline.rules.test_verdict_soundness import CONDITIONS, NAMES, Condition, comparisons

CODES = ["cola", "tea"]
SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERYTHING = [dict(zip(NAMES, values, strict=True)) for values in itertools.product([*range(17), 24, 40], repeat=3)]


def rules(*expressions: str, reward: dict[str, Any] | None = None) -> TaskRules:
    clauses = (Clause(f"c{number}", Text("Label", "名称"), text, "refuse") for number, text in enumerate(expressions))
    return TaskRules(tuple(clauses), reward or simple_reward(200), 1000)


def faults(*expressions: str, reward: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    found = check_rules(rules(*expressions, reward=reward), CODES)
    assert all("\n" not in each.en + each.zh and each.en != each.zh for each in found)
    return [(each.where, each.en) for each in found]


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("share.own >= 40", "share.own is a ratio from 0 to 1: 40 lies outside, as in 0.4 for 40 %"),
        ("cooler.purity in [80..100]", "cooler.purity is a ratio from 0 to 1: 80 lies outside, as in 0.8 for 80 %"),
        ("share.own >= 0.4 or cooler.purity >= 80", "cooler.purity is a ratio"),
        ("facings.total in [12..6]", "the range 12..6 is empty"),
        ("facings.total in [1..1000000000]", "facings.total is a whole number from 0 to 2000: it is never 1000000000"),
        ("rows.count >= 300", "rows.count is a whole number from 0 to 50"),
        ("facings.competitor < 0.05", "it is never 0.05"),
        ("facings.own >= -1", "it is never -1"),
        ("cooler.present == 2", "cooler.present is 0 or 1: it is never 2"),
        ("cooler.present == true", "write == 1 in place of true"),
        ("scene.cooler != false", "write == 0 in place of false"),
        ("(facings.own > 3) == 1", "no photo can meet"),
        ("facings.own >= 0", "every photo meets facings.own >= 0"),
        ("share.own <= 1", "every photo meets"),
        ("cooler.present > 1", "no photo can meet"),
        ("facings.own >= 6 and facings.own < 6", "no photo can meet"),
        ("facings.own >= 6 or facings.own < 6", "every photo meets"),
        ("facings.own % 2 == 2", "no photo can meet"),
        ("facings.own > facings.total", "no photo was found to meet"),
        ("facings.own + facings.competitor > facings.total", "no photo was found to meet"),
        ("facings.new >= 1 and facings.own == 0", "no photo was found to meet"),
        ("row2.own > top2.own", "no photo was found to meet"),
        ("scene.cooler == 1 and scene.rack == 1", "no photo was found to meet"),
        ('facings.sku["cola"] + facings.sku["tea"] <= facings.total', "every photo tried meets"),
    ],
)
def test_a_clause_with_one_answer_is_refused_in_words(expression: str, told: str) -> None:
    found = faults(expression)
    assert {where for where, _ in found} == {"clauses[0].expression"}
    assert told in found[0][1]


@pytest.mark.parametrize(
    "expression",
    [
        'facings.sku["cola"] == 0',
        "facings.own > facings.competitor and facings.competitor >= 3",
        "facings.own * 2 >= facings.total",
        "facings.own >= facings.total",
        "facings.total in (6..24]",
        "facings.total == 24.0",
        "cooler.purity >= 1",
        "cooler.present == 1 and cooler.purity >= 0.8",
        "rows.count not in [1, 2]",
        "max([facings.own, facings.new, 3]) == 3",
        "top3.new >= 2 or eye_level.own >= 4",
        "facings.own * facings.competitor >= 40",
    ],
)
def test_a_sensible_clause_is_published(expression: str) -> None:
    assert faults(expression) == []


@pytest.mark.parametrize(
    ("expressions", "where"),
    [
        (("facings.own >= 6", "facings.own < 6"), "clauses[0], clauses[1]"),
        (("rows.count >= 1", "share.own > 0.5", "share.own <= 0.5"), "clauses[1], clauses[2]"),
        (("facings.own >= 10", "rows.count >= 1", "facings.total <= 5"), "clauses[0], clauses[2]"),
        (("facings.own % 2 == 0", "facings.own % 2 == 1"), "clauses[0], clauses[1]"),
        (("scene.cooler == 1", "scene.rack == 1"), "clauses[0], clauses[1]"),
        (
            ("facings.own - facings.competitor >= 2", "facings.own <= 3", "facings.competitor >= 5"),
            "clauses[0], clauses[1], clauses[2]",
        ),
        (
            ('facings.sku["cola"] >= 6', 'facings.sku["tea"] >= 6', "facings.total <= 11"),
            "clauses[0], clauses[1], clauses[2]",
        ),
    ],
)
def test_clauses_that_no_photo_meets_together_are_named(expressions: tuple[str, ...], where: str) -> None:
    [(found, told)] = faults(*expressions)
    assert found == where
    assert "together" in told


def test_what_can_just_be_met_together_is_published() -> None:
    assert faults('facings.sku["cola"] >= 6', 'facings.sku["tea"] >= 6', "facings.total <= 12") == []
    assert faults("share.own > 0.4", "share.own < 0.5") == []


@pytest.mark.parametrize(
    ("reward", "where", "told"),
    [
        (tiered_reward("share.own", [(6, 200)]), "rules[0].tier", "share.own is a ratio"),
        (tiered_reward("facings.own", [(0.5, 200)]), "rules[0].tier", "it is never 0.5"),
        (table(("> 5 and < 3", "200"), ("", "100")), "rules[0]", "no photo reaches this row"),
        (table((">= 6", "200"), (">= 12", "300"), ("", "0")), "rules[1]", "no photo reaches this row"),
        (table(("== true", "200"), ("", "100")), "rules[0].tier", "write == 1"),
        (table(("", "facings.total * 1000000")), "rules[0].reward", "min([facings.total, 24])"),
        (table(("", "facings.own * facings.new * 100")), "rules[0].reward", "may be 0 to 400000000 fen"),
        (table(("", "1000 - facings.competitor * 50")), "rules[0].reward", "max([0"),
        (table(("", "facings.own * 0.5")), "rules[0].reward", "round"),
        (table(("", "facings.own / facings.total * 100")), "rules[0].reward", "whole number of fen"),
        (simple_reward(0), "table", "earns nothing"),
        (table(("[1..5]", "200"), ("", "0")), "table", "earns nothing"),  # the clause asks for six
    ],
)
def test_a_reward_that_nobody_earns_or_nobody_can_pay_is_refused(reward: dict[str, Any], where: str, told: str) -> None:
    [(found, text)] = faults("facings.own >= 6", reward=reward)
    assert found == f"reward.{where}"
    assert told in text


@pytest.mark.parametrize(
    "reward",
    [
        tiered_reward('facings.sku["cola"]', [(6, 200), (10, 300)]),
        tiered_reward("facings.own", [(0, 100), (6, 300)]),  # the last row, for all else, is never needed
        tiered_reward("facings.own", [(3, 100), (6, 200)]),  # a clause forbids the lower tier
        table(("", "facings.own * 50")),
        table(("", "min([facings.own, 24]) * 50 + min([facings.new, 9]) * 10")),
        table(("", "max([0, 1000 - facings.competitor * 50])")),
        table(("", "(facings.own - 6) * 100 + 1")),  # not below zero where the clause holds
        table((">= 6", "200"), (">= 12", "300"), hit="collect"),
    ],
)
def test_a_sensible_reward_is_published(reward: dict[str, Any]) -> None:
    assert faults("facings.own >= 6", reward=reward) == []


SIGNS = [*"+-*/%()[]<>?:,!$", "==", ">=", "..", "and", "or", "not", "in", "true", "min", "round"]
WORDS = st.sampled_from([*SIGNS, "0", "1", "3", "0.5", "facings.own", "facings.new", "share.own", "cooler.present"])
FACTS = st.sampled_from(["facings.own", "facings.new", "cooler.present", "share.own", "0", "1", "3"])
FORMULAS = st.recursive(
    FACTS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", ">", "==", "and"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} > 1 ? {t[1]} : {t[2]})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}([{t[1]}, {t[2]}])"),
    ),
    max_leaves=4,
)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join) | FORMULAS | st.tuples(FORMULAS, FORMULAS).map(" > ".join)


@SETTINGS
@given(TEXTS, TEXTS, TEXTS)
def test_whatever_is_written_is_told_and_never_fails(clause: str, cell: str, amount: str) -> None:
    """Among it what the engine cannot evaluate at some points only, such as a division by a fact that may be 0."""
    faults(clause, "facings.own >= 3", reward=table((cell, "100"), ("", amount)))
    faults("facings.own >= 3", reward=table((cell, "100"), ("", "50"), hit="collect"))


@pytest.mark.parametrize("text", ["facings.own / (facings.own - 100) > 2", "facings.own / (facings.new - 3) > 2"])
def test_what_cannot_be_evaluated_everywhere_is_refused(text: str) -> None:
    assert [where for where, _ in faults(text)] == ["clauses[0].expression"]
    reward = table((text.replace("facings.own", "$"), "200"), ("", "100"))
    assert [where for where, _ in faults("facings.own >= 6", reward=reward)] == ["reward.rules[0].tier"]


@SETTINGS
@given(CONDITIONS)
def test_what_passes_has_a_photo_that_meets_it_and_one_that_does_not(condition: Condition) -> None:
    """Numbers up to 12: whatever can be met or missed is so with at most 40 fronts of a kind."""
    text, holds = condition
    if not faults(text):
        assert {holds(point) for point in EVERYTHING} == {True, False}


@SETTINGS
@given(comparisons())
def test_a_comparison_that_some_photos_meet_and_others_do_not_passes(condition: Condition) -> None:
    text, holds = condition
    assume({holds(point) for point in EVERYTHING} == {True, False})
    assert all("it is never -" in told for _, told in faults(text))  # -4 is no count, in whatever list


@SETTINGS
@given(st.lists(comparisons(), min_size=2, max_size=4))
def test_clauses_that_a_photo_meets_together_are_not_called_contradictory(conditions: list[Condition]) -> None:
    met = [point for point in EVERYTHING if all(holds(point) for _, holds in conditions)]
    assume(met)
    within = within_of([text for text, _ in conditions])
    for path, interval in within.items():
        assert all(point[path[1]] in interval for point in met)


@SETTINGS
@given(
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0, 0, 100, 300])), min_size=1, max_size=4),
    st.integers(1, 12),
)
def test_a_table_that_passes_pays_somebody_and_needs_each_row(tiers: list[tuple[int, int]], least: int) -> None:
    ordered = sorted(tiers, reverse=True)
    rows = [next((row for row, (fronts, _) in enumerate(ordered) if own >= fronts), len(ordered)) for own in range(17)]
    earned = [0 if row == len(ordered) else ordered[row][1] for row in rows]
    passes = not faults(f"facings.own >= {least}", reward=tiered_reward("facings.own", tiers))
    assert passes == (any(earned[least:]) and set(range(len(ordered))) <= set(rows))
