"""What is a number, and that rules take no other."""

from typing import Any

import pytest

from pipeline.numbers import is_number, is_whole, whole_of
from pipeline.rules.clauses import RulesFormatError, TaskRules
from pipeline.rules.expression import problems_of
from pipeline.rules.rewards import simple_reward, tiered_reward
from pipeline.rules.rule_engine import RuleEngineError, whole_fen

NOT_WHOLE: list[Any] = [True, False, "7", "1_000", 1.0, 1.5, None, float("nan"), float("inf"), [7]]


def test_numbers() -> None:
    assert [is_whole(each) for each in (0, 7, -7, 10**30)] == [True] * 4
    assert [is_whole(each) for each in NOT_WHOLE] == [False] * len(NOT_WHOLE)
    assert [is_number(each) for each in (0, 7, -0.5, 1e300)] == [True] * 4
    assert not any(is_number(each) for each in (True, "7", None, float("nan"), float("inf"), float("-inf")))


def test_digits() -> None:
    assert [whole_of(each) for each in ("0", "7", "007", "9" * 18)] == [0, 7, 7, 10**18 - 1]
    for text in ("", "1_000", " 7", "7 ", "+7", "-7", "７", "²", "7.0", "1e3", "0x7", "9" * 19, "9" * 5000):
        assert whole_of(text) is None, text


@pytest.mark.parametrize("wrong", NOT_WHOLE)
def test_an_amount_of_the_rules_is_a_whole_number(wrong: Any) -> None:
    rules = {"clauses": [], "reward": simple_reward(1), "auto_limit_fen": wrong}
    with pytest.raises(RulesFormatError, match="auto_limit_fen"):
        TaskRules.from_dict(rules)
    with pytest.raises(RuleEngineError, match="whole number of fen"):
        simple_reward(wrong)
    with pytest.raises(RuleEngineError, match="whole number of fen"):
        tiered_reward("facings.own", [(6, wrong)])


@pytest.mark.parametrize("wrong", [True, "6", float("nan"), float("inf")])
def test_the_engine_s_answer_and_a_tier_are_finite_numbers(wrong: Any) -> None:
    with pytest.raises(RuleEngineError, match="not a number"):
        whole_fen(wrong)
    with pytest.raises(RuleEngineError, match="not a number"):
        tiered_reward("facings.own", [(wrong, 200)])


@pytest.mark.parametrize("cell", ["1_000", "１０００", "1e3", "0x10"])
def test_a_cell_holds_plain_digits(cell: str) -> None:
    assert problems_of(cell, frozenset())
    assert problems_of(f">= {cell}", frozenset(), cell=True)
