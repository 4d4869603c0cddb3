"""Rules before they are published: what they read, and what is wrong with them."""

from typing import Any

import pytest

from pipeline.rules import rule_engine
from pipeline.rules.clauses import (
    Clause,
    RulesFormatError,
    TaskRules,
    check_rules,
    fact_paths,
    simple_reward,
    tiered_reward,
)
from pipeline.rules.expression import problems_of
from pipeline.texts import Text

CODES = ["7up-chai", "pepsi-can", "7up"]


def rules_of(*expressions: str, reward: dict[str, Any] | None = None, limit: int = 1000) -> TaskRules:
    clauses = tuple(
        Clause(f"clause-{number}", Text("Label", "名称"), expression, "refuse")
        for number, expression in enumerate(expressions)
    )
    return TaskRules(clauses, reward or simple_reward(200), limit)


def table_of(reward: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = reward["nodes"][1]["content"]
    return content


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("facings.own >= 6", ["facings.own"]),
        ("facings.sku[\"7up-chai\"] + facings.sku[ '7up' ] > 2", ['facings.sku["7up-chai"]', 'facings.sku["7up"]']),
        ("facings . own > 1 and facings.own < 9", ["facings.own"]),
        ("facings.sku.pepsi >= 1", ['facings.sku["pepsi"]']),
        ("max([rows.count, 3]) == 3", ["rows.count"]),
        ('facings["sku"]["7up"] in [1..3]', ['facings.sku["7up"]']),
        ("true", []),
    ],
)
def test_the_lexer_lists_the_facts(expression: str, paths: list[str]) -> None:
    assert fact_paths(expression) == tuple(paths)


@pytest.mark.parametrize(
    "expression",
    [
        'facings.sku["7up-chai"] >= 4',
        "share.own >= 0.4 and cooler.present == 1",
        "not (rows.count in [0..2])",
        "facings.own - facings.competitor >= 2",
        "facings.own % 2 == 0",
        "share.own >= 0.4 or (facings.own > 10 and facings.unknown < 3)",
        "cooler.present == 1 ? facings.own > 3 : facings.own > 5",
    ],
)
def test_good_clauses_have_no_problem(expression: str) -> None:
    assert check_rules(rules_of(expression), CODES) == []


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "empty"),
        ("facings.own >=", "true or false"),
        ("facings.own = 4", "'='"),
        ("facings.own", "gives float, not yes or no"),
        ("facings.own > 'a'", "'a'"),
        ("true", "reads no fact"),
        ('facings.sku["no-such"] >= 1', 'facings.sku["no-such"] is not a fact'),
        ("facings.sku[rows.count] >= 1", "'['"),
        ("facings.sku >= 1", "facings.sku is not a fact"),
        ("facing.own >= 1", "facing.own is not a fact"),
        ("facings.own > null", "null is not a fact"),
        ("facings.own > $root.x", r"'$'"),
        ("facings.own > rand(5)", "function rand is not allowed"),
        ('d("2026-01-01") > facings.own', "function d is not allowed"),
        ('facings.own > date("now")', "function date is not allowed"),
        ("some([1], # > facings.own)", "'#'"),
        ("facings.own ?? 3 > 2", "'?'"),
        ("`${facings.own}` == 1", "'`'"),
        ("facings.own > 1; facings.own", "';'"),
        ("facings.own / facings.total > 0.5", "Unsupported type"),
        ("share.own * facings.total > 5", "a ratio can be judged only"),
        ("facings.own > 1 and " * 40 + "facings.own > 1", "longer than 500"),
    ],
)
def test_bad_clauses_are_found(expression: str, problem: str) -> None:
    found = check_rules(rules_of(expression), CODES)
    assert [each.where for each in found] == ["clauses[0].expression"]
    assert problem in found[0].en
    assert "\n" not in found[0].en
    assert "backtrace" not in found[0].en
    assert found[0].zh != found[0].en


def test_the_frame_is_checked() -> None:
    twice = Clause("a b", Text("", "名"), "facings.own > 1", "refuse")
    same = Clause("same", Text("L", "名"), "facings.own > 1", "review")
    found = check_rules(TaskRules((twice, same, same), simple_reward(1), -1), CODES)
    assert [each.where for each in found] == [
        "auto_limit_fen",
        "clauses[0].code",
        "clauses[0].label",
        "clauses[2].code",
    ]
    assert [each.where for each in check_rules(TaskRules((), simple_reward(1), 1), CODES)] == ["clauses"]


def test_rules_come_back_from_their_dict() -> None:
    rules = rules_of("facings.own > 1", "rows.count > 2")
    assert TaskRules.from_dict(rules.as_dict()) == rules


def test_rules_are_read_as_older_versions_stored_them() -> None:
    stored = rules_of("facings.own > 1").as_dict()
    stored["clauses"][0] |= {"label_en": "Label", "label_zh": "名称"}
    del stored["clauses"][0]["label"]
    assert TaskRules.from_dict(stored) == rules_of("facings.own > 1")


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {"clauses": 1, "reward": {}, "auto_limit_fen": 1},
        {"clauses": [], "reward": [], "auto_limit_fen": 1},
        {"clauses": [], "reward": {}, "auto_limit_fen": 1.5},
        {"clauses": [{"code": "a"}], "reward": {}, "auto_limit_fen": 1},
        {"clauses": [{**rules_of("x").as_dict()["clauses"][0], "on_fail": "pay"}], "reward": {}, "auto_limit_fen": 1},
    ],
)
def test_another_form_is_refused_in_one_line(data: Any) -> None:
    with pytest.raises(RulesFormatError) as caught:
        TaskRules.from_dict(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("amount", [-1, 1.5, True, 10**12])
def test_a_reward_is_a_whole_number_of_fen(amount: Any) -> None:
    with pytest.raises(rule_engine.RuleEngineError):
        simple_reward(amount)


def reward_problems(reward: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.where, each.en) for each in check_rules(rules_of("facings.own > 1", reward=reward), CODES)]


@pytest.mark.parametrize("cell", [">= 4", "[2..4]", "5", "1, 3", "> 2 and < 9", "not in [1..3]", "", "$ > rows.count"])
def test_good_cells_have_no_problem(cell: str) -> None:
    reward = tiered_reward('facings.sku["7up-chai"]', [(4, 200)])
    table_of(reward)["rules"][0]["tier"] = cell
    assert reward_problems(reward) == []


@pytest.mark.parametrize("cell", ["-", ">= oops(", ">= facings.typo", '"many"', "> rand(3)", "= 4", ">= 4 and"])
def test_bad_cells_are_found_though_the_engine_passes_them(cell: str) -> None:
    reward = tiered_reward('facings.sku["7up-chai"]', [(4, 200)])
    table_of(reward)["rules"][0]["tier"] = cell
    rule_engine.compiled_reward(rule_engine.reward_json(reward)).validate()
    assert [where for where, _ in reward_problems(reward)] == ["reward.rules[0].tier"]


@pytest.mark.parametrize("cell", ["", "-1", "1.5", "100 +", "facings.typo", "true", "share.own * 100", '"200"'])
def test_bad_amounts_are_found(cell: str) -> None:
    reward = tiered_reward("facings.own", [(4, 200)])
    table_of(reward)["rules"][0]["reward"] = cell
    assert [where for where, _ in reward_problems(reward)] == ["reward.rules[0].reward"]


def _function_node(reward: dict[str, Any]) -> None:
    reward["nodes"].append({"id": "f", "type": "functionNode", "name": "f", "content": "export const handler = 1"})


def _second_table(reward: dict[str, Any]) -> None:
    reward["nodes"].append({**reward["nodes"][1], "id": "second"})


def _cut_edge(reward: dict[str, Any]) -> None:
    reward["edges"].pop(0)


def _typed_column(reward: dict[str, Any]) -> None:
    table_of(reward)["rules"][0]["teir"] = ">= 900"


def _no_last_row(reward: dict[str, Any]) -> None:
    table_of(reward)["rules"].pop()


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (_function_node, "reward.nodes[3].type"),
        (_second_table, "reward.nodes"),
        (_cut_edge, "reward.table"),
        (_typed_column, "reward.rules[0].teir"),
        (_no_last_row, "reward.rules"),
        (lambda reward: table_of(reward).update(hitPolicy="unique"), "reward.hitPolicy"),
        (lambda reward: table_of(reward).update(passThrough=True), "reward.passThrough"),
        (lambda reward: table_of(reward).update(rules=[]), "reward.rules"),
        (lambda reward: table_of(reward)["outputs"][0].update(field="fen"), "reward.outputs"),
        (lambda reward: table_of(reward)["inputs"][0].update(field="facings.typo"), "reward.inputs.tier"),
        (lambda reward: table_of(reward)["inputs"][0].update(field="1 + 1"), "reward.inputs[0].field"),
        (lambda reward: reward.pop("nodes"), "reward.nodes"),
    ],
)
def test_bad_tables_are_found(spoil: Any, where: str) -> None:
    reward = tiered_reward("facings.own", [(4, 200)])
    spoil(reward)
    assert [found for found, _ in reward_problems(reward)] == [where]


def test_the_engine_reads_codes_with_digits_and_hyphens() -> None:
    facts = {"facings": {"sku": {"7up-chai": 4}}}
    assert rule_engine.holds('facings.sku["7up-chai"] >= 4', facts) is True
    assert rule_engine.holds('facings.sku["7up-chai"] >= 5', facts) is False
    table = rule_engine.reward_json(tiered_reward('facings.sku["7up-chai"]', [(4, 200), (6, 500)]))
    paid = [rule_engine.amount_fen(table, {"facings": {"sku": {"7up-chai": n}}}) for n in (3, 4, 5, 6)]
    assert paid == [0, 200, 200, 500]


def test_rows_of_a_collecting_table_add_up() -> None:
    reward = tiered_reward("facings.own", [(4, 200), (6, 500)])
    table_of(reward)["hitPolicy"] = "collect"
    assert reward_problems(reward) == []
    assert rule_engine.amount_fen(rule_engine.reward_json(reward), {"facings": {"own": 6}}) == 700


@pytest.mark.parametrize(
    "expression",
    [
        'top2.sku["a"] >= 2',
        "row3.own >= 1 and eye_level.new >= 2",
        "scene.cooler == 1 and cooler.fill >= 0.8",
        "facings.columns >= 4 or share.linear_own > 0.5",
    ],
)
def test_clauses_may_read_places_and_the_scene(expression: str) -> None:
    assert problems_of(expression, frozenset({"a"})) == []


@pytest.mark.parametrize("expression", ["row7.own >= 1", "top1.own >= 1", 'row1.sku["b"] >= 1', "row1.competitor > 0"])
def test_places_have_only_their_own_facts(expression: str) -> None:
    assert len(problems_of(expression, frozenset({"a"}))) == 1
