"""Decisions: what passes, what is refused, what goes to a person, and why."""

import json
from typing import Any

import pytest

from pipeline.flags import flag
from pipeline.interval import OPEN, Interval
from pipeline.rules.clauses import Clause, OnFail, TaskRules, simple_reward, tiered_reward
from pipeline.rules.evaluate import evaluate_clause, evaluate_reward
from pipeline.rules.verdict import Verdict, decide
from pipeline.texts import Text

NAMES = {"pepsi-can": {"en": "Pepsi can", "zh": "百事可乐罐装"}}
DARK = {"code": "dark", "en": "The photo is too dark", "zh": "照片太暗"}


def facts_of(**values: tuple[float, float, float]) -> dict[str, Any]:
    """Facts from `own=…`, `share=…`, `present=…`, `rows=…`, `can=…` (the fronts of pepsi-can)."""
    paths = {
        "own": ("facings", "own"),
        "total": ("facings", "total"),
        "can": ("facings", "sku", "pepsi-can"),
        "share": ("share", "own"),
        "present": ("cooler", "present"),
        "rows": ("rows", "count"),
    }
    facts: dict[str, Any] = {}
    for name, bounds in values.items():
        node = facts
        for part in paths[name][:-1]:
            node = node.setdefault(part, {})
        node[paths[name][-1]] = Interval(*bounds).as_dict()
    return facts


def rules_of(*clauses: tuple[str, OnFail], reward: dict[str, Any] | None = None, limit: int = 1000) -> TaskRules:
    made = tuple(
        Clause(f"c{number}", Text(f"Clause {number}", f"条款{number}"), expression, on_fail)
        for number, (expression, on_fail) in enumerate(clauses)
    )
    return TaskRules(made, reward or simple_reward(200), limit)


def codes(verdict: Verdict) -> list[str]:
    return [reason["code"] for reason in verdict.reasons]


CANS = ('facings.sku["pepsi-can"] >= 6', "refuse")


def test_what_holds_for_every_value_passes_and_pays() -> None:
    verdict = decide(facts_of(can=(6, 7, 9)), [], rules_of(CANS))
    assert (verdict.outcome, verdict.amount_fen, codes(verdict)) == ("pass", 200, ["passed"])
    assert verdict.clauses[0].threshold == {"path": 'facings.sku["pepsi-can"]', "op": ">=", "value": 6}
    assert verdict.clauses[0].measured == {'facings.sku["pepsi-can"]': Interval(6, 7, 9)}


def test_what_fails_for_every_value_is_refused_with_advice() -> None:
    verdict = decide(facts_of(can=(4, 4, 5)), [], rules_of(CANS), NAMES)
    assert (verdict.outcome, verdict.amount_fen, codes(verdict)) == ("refuse", 0, ["clause_failed"])
    assert verdict.clauses[0].advice == Text(
        "Pepsi can: 4 seen (4–5), at least 6 needed: 2 short",
        "百事可乐罐装：看到 4 个（4–5），至少需要 6 个，还差 2 个",
    )


def test_what_differs_goes_to_a_person_with_a_proposal() -> None:
    verdict = decide(facts_of(can=(5, 6, 7)), [], rules_of(CANS))
    assert (verdict.outcome, verdict.amount_fen, codes(verdict)) == ("review", 200, ["clause_unsure"])
    assert verdict.clauses[0].outcome == "unsure"


@pytest.mark.parametrize("can", [(6, 7, 9), (1, 2, 3), (5, 6, 7)])
def test_a_flag_always_sends_to_a_person(can: tuple[int, int, int]) -> None:
    verdict = decide(facts_of(can=can), [DARK], rules_of(CANS))
    assert verdict.outcome == "review"
    assert verdict.reasons[0] == DARK


CUT = flag("cut_top")


def cut_facts() -> dict[str, Any]:
    """Six cans surely there, and a top that is out of the picture."""
    return facts_of(can=(6, 6, OPEN), own=(6, 6, OPEN), share=(0, 1, 1), rows=(2, 2, OPEN))


@pytest.mark.parametrize("clause", [CANS, ("facings.own >= 6 and rows.count >= 2", "refuse")])
def test_a_cut_top_row_leaves_at_least_sure(clause: tuple[str, OnFail]) -> None:
    verdict = decide(cut_facts(), [CUT], rules_of(clause))
    assert (verdict.outcome, verdict.amount_fen, codes(verdict)) == ("pass", 200, ["passed"])


@pytest.mark.parametrize(
    "expression", ["share.own >= 0.8", "rows.count == 2", "facings.own <= 9", "rows.count in [2..4]"]
)
def test_a_cut_top_row_sends_shares_and_upper_limits_to_a_person_and_says_why(expression: str) -> None:
    verdict = decide(cut_facts(), [CUT], rules_of(CANS, (expression, "refuse")))
    assert (verdict.outcome, codes(verdict)) == ("review", ["clause_unsure"])
    assert [each.outcome for each in verdict.clauses] == ["pass", "unsure"]
    assert verdict.reasons[0]["clause"] == "c1"
    assert verdict.reasons[0]["en"].endswith(f"the photo does not settle it. {CUT['en']}")
    assert verdict.reasons[0]["zh"].endswith(f"照片上无法确定。{CUT['zh']}")


def test_what_a_flag_does_not_touch_is_not_laid_to_it() -> None:
    facts = facts_of(can=(5, 6, 7), rows=(1, 2, OPEN))
    left = flag("cut_left")
    verdict = decide(facts, [left], rules_of(CANS, ("rows.count >= 2", "refuse")))
    assert codes(verdict) == ["clause_unsure", "clause_unsure"]
    assert [left["en"] in reason["en"] for reason in verdict.reasons] == [True, False]


def test_a_cut_row_does_not_stop_a_sure_refusal_and_a_whole_photos_flag_does() -> None:
    rules = rules_of(("facings.own <= 3", "refuse"))
    assert decide(cut_facts(), [CUT], rules).outcome == "refuse"
    assert decide(cut_facts(), [CUT, DARK], rules).outcome == "review"


def test_a_reward_that_rises_is_unsure_where_more_may_stand_out_of_the_picture() -> None:
    tiers = tiered_reward("facings.own", [(6, 200), (10, 500)])
    verdict = decide(cut_facts(), [CUT], rules_of(CANS, reward=tiers))
    assert (verdict.outcome, codes(verdict), verdict.amount_fen) == ("review", ["reward_unsure"], 200)
    assert CUT["en"] in verdict.reasons[0]["en"]
    assert verdict.amount_range == {"low": 200, "best": 200, "high": 500}


def test_an_open_count_reads_as_without_end() -> None:
    verdict = decide(cut_facts(), [CUT], rules_of(("rows.count == 2", "refuse")))
    en, zh = verdict.clauses[0].advice or ("", "")
    assert "2 seen (2–∞)" in en
    assert "（2–∞）" in zh


def test_a_sum_and_a_formula_over_open_counts_are_unsure_not_wrong() -> None:
    facts = facts_of(own=(6, 6, OPEN), total=(6, 6, OPEN))
    for expression in ("facings.total - facings.own >= 0", "facings.own % 2 == 0"):
        assert evaluate_clause(expression, facts).outcome == "unsure"


def test_a_clause_that_only_reviews_does_not_refuse() -> None:
    verdict = decide(facts_of(can=(9, 9, 9), rows=(1, 1, 1)), [], rules_of(CANS, ("rows.count >= 2", "review")))
    assert (verdict.outcome, codes(verdict)) == ("review", ["clause_failed"])


def test_one_sure_failure_refuses_though_another_clause_is_unsure() -> None:
    verdict = decide(facts_of(can=(1, 1, 1), rows=(1, 2, 3)), [], rules_of(CANS, ("rows.count >= 2", "refuse")))
    assert (verdict.outcome, [each.outcome for each in verdict.clauses]) == ("refuse", ["fail", "unsure"])
    assert [reason["clause"] for reason in verdict.reasons] == ["c0"]


def test_the_amount_must_be_the_same_for_every_value() -> None:
    tiers = tiered_reward("facings.own", [(6, 200), (10, 500)])
    rules = rules_of(("facings.own >= 3", "refuse"), reward=tiers)
    assert decide(facts_of(own=(6, 8, 9)), [], rules).amount_fen == 200
    verdict = decide(facts_of(own=(9, 9, 10)), [], rules)
    assert (verdict.outcome, codes(verdict), verdict.amount_fen) == ("review", ["reward_unsure"], 200)
    assert verdict.amount_range == {"low": 200, "best": 200, "high": 500}
    assert "¥2.00 to ¥5.00" in verdict.reasons[0]["en"]
    # ends alike, the middle apart: only a look inside finds it
    middle = tiered_reward("facings.own", [(6, 200), (10, 500), (11, 200)])
    assert (
        decide(facts_of(own=(9, 9, 12)), [], rules_of(("facings.own > 3", "refuse"), reward=middle)).outcome == "review"
    )


def test_an_amount_above_the_limit_goes_to_a_person() -> None:
    assert decide(facts_of(can=(6, 6, 6)), [], rules_of(CANS, limit=200)).outcome == "pass"
    assert codes(decide(facts_of(can=(6, 6, 6)), [], rules_of(CANS, limit=199))) == ["reward_above_limit"]


def test_no_clauses_never_pay() -> None:
    assert decide(facts_of(can=(6, 6, 6)), [], rules_of()).outcome == "review"


@pytest.mark.parametrize(
    ("expression", "facts"),
    [
        ("facings.own >= 1", facts_of(can=(1, 1, 1))),  # not measured
        ("facings.own == 0", facts_of(can=(1, 1, 1))),  # the engine would call null == 0 false: a refusal
        ("facings.own != 3", facts_of(can=(1, 1, 1))),  # and this true: a payment
        ("facings.typo != 3", {"facings": {"typo": {"low": 1, "best": 1, "high": 1}}}),
        ("facings.own", facts_of(own=(1, 1, 1))),
        ("facings.own = 1", facts_of(own=(1, 1, 1))),
        ("facings.own >", facts_of(own=(1, 1, 1))),
        ("rand(2) > 1", facts_of(own=(1, 1, 1))),
        ("facings.own / facings.total >= 0.5", facts_of(own=(0, 0, 0), total=(0, 0, 0))),
        ("facings.own >= 1", {"facings": {"own": {"low": 3, "best": 2, "high": 4}}}),
        ("facings.own >= 1", {"facings": {"own": {"low": 1.5, "best": 2, "high": 4}}}),
        ("facings.own >= 1", {"facings": {"own": 4}}),
        ("facings.own >= 1", {"facings": 4}),
        ("share.own >= 0", {"share": {"own": {"low": 0, "best": 1, "high": 7}}}),
    ],
)
def test_what_cannot_be_judged_is_never_a_pass_nor_a_refusal(expression: str, facts: dict[str, Any]) -> None:
    verdict = decide(facts, [], rules_of((expression, "refuse")))
    assert (verdict.outcome, codes(verdict)) == ("review", ["clause_not_judged"])
    assert "\n" not in verdict.reasons[0]["en"]


@pytest.mark.parametrize("cell", ["100 +", "1.5", "-5", '"x"', "facings.total"])
def test_a_reward_that_cannot_be_told_goes_to_a_person(cell: str) -> None:
    reward = simple_reward(1)
    reward["nodes"][1]["content"]["rules"][0]["reward"] = cell
    verdict = decide(facts_of(can=(6, 6, 6)), [], rules_of(CANS, reward=reward))
    assert (verdict.outcome, codes(verdict), verdict.amount_fen) == ("review", ["reward_not_judged"], 0)


def test_ratios_are_judged_at_both_sides_of_their_limits() -> None:
    assert evaluate_clause("share.own >= 0.5", facts_of(share=(0.5, 0.6, 1.0))).outcome == "pass"
    assert evaluate_clause("share.own > 0.5", facts_of(share=(0.5, 0.6, 1.0))).outcome == "unsure"
    assert evaluate_clause("share.own in [0.2..0.4]", facts_of(share=(0.0, 0.1, 1.0))).outcome == "unsure"
    assert evaluate_clause("share.own < 0.2 or share.own > 0.21", facts_of(share=(0.0, 0.1, 1.0))).outcome == "unsure"
    assert evaluate_clause("share.own * share.own > 2", facts_of(share=(0.0, 0.1, 1.0))).outcome == "unsure"


def test_a_sum_needs_its_ends_only_and_a_wide_product_is_unsure() -> None:
    wide = facts_of(own=(100, 500, 900), total=(1000, 1500, 9000), can=(0, 5, 5000))
    total = evaluate_clause('facings.total - facings.own + facings.sku["pepsi-can"] >= 100', wide)
    assert (total.outcome, total.points) == ("pass", 8)
    assert evaluate_clause("facings.total * facings.own > 3", wide).outcome == "unsure"
    assert evaluate_clause("facings.total - facings.own == 8100", wide).outcome == "unsure"


def test_a_difference_that_meets_only_inside_is_found() -> None:
    """At all corners of 0..3 by 5..10 this is false, at (1, 5) it is true."""
    facts = facts_of(own=(0, 0, 3), total=(5, 5, 10))
    assert evaluate_clause("facings.own - facings.total in [-4..-3]", facts).outcome == "unsure"
    assert evaluate_clause("facings.own - facings.total == -4", facts).outcome == "unsure"


@pytest.mark.parametrize(
    ("expression", "facts", "advice"),
    [
        (
            "share.own >= 0.5",
            facts_of(share=(0.3, 0.42, 0.45)),
            "Share of shelf: 42% seen (30%–45%), at least 50% needed: 8 points short",
        ),
        ("rows.count == 3", facts_of(rows=(2, 2, 2)), "Shelf rows: 2 seen, exactly 3 needed: 1 short"),
        ("facings.own < 4", facts_of(own=(5, 5, 5)), "Own fronts: 5 seen, fewer than 4 allowed: 2 too many"),
        ("6 < facings.own", facts_of(own=(5, 5, 5)), "Own fronts: 5 seen, more than 6 needed: 2 short"),
        ("cooler.present == 1", facts_of(present=(0, 0, 0)), "Cooler: none seen: show the whole cooler in the photo"),
        ("facings.own in [2..4]", facts_of(own=(5, 5, 5)), "Own fronts: 5 seen, needed: 2 to 4"),
        (
            "facings.own > 3 and rows.count > 1",
            facts_of(own=(9, 9, 9), rows=(1, 1, 1)),
            "Shelf rows: 1 seen, more than 1 needed: 1 short",
        ),
        (
            "facings.own > 3",
            facts_of(own=(2, 4, 5)),
            "Own fronts: 4 seen (2–5), more than 3 needed: the photo does not settle it",
        ),
        ("facings.own % 2 == 0", facts_of(own=(5, 5, 5)), None),
    ],
)
def test_advice_says_what_is_missing(expression: str, facts: dict[str, Any], advice: str | None) -> None:
    outcome = decide(facts, [], rules_of((expression, "refuse"))).clauses[0]
    assert outcome.outcome != "pass"
    assert (outcome.advice and outcome.advice.en) == advice


@pytest.mark.parametrize("can", [(6, 7, 9), (1, 2, 3), (5, 6, 7)])
def test_the_same_inputs_give_the_same_verdict_also_after_json(can: tuple[int, int, int]) -> None:
    facts, flags, rules = facts_of(can=can), [DARK] if can[0] == 5 else [], rules_of(CANS)
    first = decide(facts, flags, rules, NAMES).as_dict()
    kept = json.loads(json.dumps([facts, flags, rules.as_dict(), NAMES]))
    again = decide(kept[0], kept[1], TaskRules.from_dict(kept[2]), kept[3]).as_dict()
    assert again == first == decide(facts, flags, rules, NAMES).as_dict()
    assert json.loads(json.dumps(first)) == first


def test_the_trace_shows_where_a_clause_holds_and_where_it_fails() -> None:
    trace = decide(facts_of(can=(5, 6, 7)), [], rules_of(CANS)).trace
    path = 'facings.sku["pepsi-can"]'
    assert trace["clauses"][0]["holds_at"] == {path: 6}
    assert trace["clauses"][0]["fails_at"] == {path: 5}
    assert trace["reward"] == {"points": 1, "measured": {}, "rows": [0], "problem": None}


def test_a_reward_by_the_piece_is_sure_only_for_a_sure_count() -> None:
    reward = simple_reward(1)
    reward["nodes"][1]["content"]["rules"][0]["reward"] = "facings.own * 20"
    assert evaluate_reward(reward, facts_of(own=(4, 4, 4))).low_fen == 80
    assert not evaluate_reward(reward, facts_of(own=(4, 4, 5))).is_sure


@pytest.mark.parametrize(
    "path", ["eye_level.own", 'eye_level.sku["pepsi-can"]', "eye_level.unlisted", "share.linear_own"]
)
def test_what_was_not_measured_is_told_by_its_name(path: str) -> None:
    """Of several photos of a display there is no eye level: the reason names it as people do, in both languages."""
    verdict = decide(facts_of(), [], rules_of((f"{path} >= 1", "refuse")), NAMES)
    [told] = [each for each in verdict.reasons if each["code"] == "clause_not_judged"]
    assert path not in told["en"] + told["zh"]
    assert "not measured" in told["en"]
    assert "未测得" in told["zh"]
