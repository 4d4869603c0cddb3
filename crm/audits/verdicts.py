"""The verdict on a display, and what is read off it; pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from crm.audits.wording import Flag
from pipeline.flags import of_whole_photo
from pipeline.interval import Interval
from pipeline.rules import reward_bounds
from pipeline.rules.clauses import TaskRules
from pipeline.rules.evaluate import evaluate_reward
from pipeline.rules.expression import ExpressionError, paths_read
from pipeline.rules.rewards import RewardError, read_table
from pipeline.rules.rule_engine import FEN_MAX
from pipeline.rules.verdict import Verdict, decide
from pipeline.vocabulary import Parts

DecisionKind = Literal["automatic", "approve", "refuse", "correct", "reverse", "reopen"]


def verdict_for(
    kind: str,
    facts: Mapping[str, Any],
    flags: Sequence[Flag],
    rules: TaskRules,
    names: Mapping[str, Mapping[str, str]],
) -> Verdict:
    """The verdict as a decision of this kind takes it: where a person decides, the automatic limit does not
    bind."""
    if kind in ("approve", "correct"):
        rules = replace(rules, auto_limit_fen=FEN_MAX)
    return decide(facts, flags, rules, names)


def no_verdict(reason: Flag) -> Verdict:
    """The verdict where rules cannot be read: no clause is told, and no amount is known."""
    return Verdict("review", 0, dict.fromkeys(("low", "best", "high")), (), (reason,), {})


def names_in_rules(rules: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The names of the SKUs that the rules mention, however spelled: as much of the catalogue as replay needs."""
    mentioned = {part for text in _texts(rules) for path in _paths(text) for part in path}
    return {code: dict(name) for code, name in names.items() if code in mentioned}


def _texts(value: Any) -> Iterator[str]:
    """Every text in the rules; those that are no expressions read nothing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def _paths(text: str) -> tuple[Parts, ...]:
    try:
        return paths_read(text, cell=True)
    except ExpressionError:
        return ()


def as_json(value: Any) -> Any:
    """`value` as it comes back from a JSON column."""
    return json.loads(json.dumps(value, ensure_ascii=False))


def priority(verdict: Mapping[str, Any], flags: Sequence[Flag], paid: bool = False) -> int:
    """Money × uncertainty: the highest amount at stake in fen, times the number of things that are not
    settled. Nothing is at stake where a clause fails for sure, nor for a display that was `paid` already."""
    amounts: list[int] = [value for value in verdict.get("amount_range", {}).values() if value is not None]
    outcomes = [clause["outcome"] for clause in verdict.get("clauses", [])]
    unsure = outcomes.count("unsure")
    spread = int(len(set(amounts)) > 1)
    money_fen: int = 1 if paid or "fail" in outcomes else max([1, *amounts])
    return money_fen * (1 + unsure + spread + len(of_whole_photo(flags)))


def best_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as if every best estimate were exact."""
    if {"low", "best", "high"} == set(facts):
        return Interval.exact(facts["best"]).as_dict()
    return {name: best_of(value) for name, value in facts.items()}


def greatest_fen(rules: TaskRules, amount_range: Mapping[str, int | None], facts: Mapping[str, Any]) -> int:
    """The most that the rules can give for a display: the highest amount of the table, whatever the facts are; where
    amounts follow from facts, what they come to at the most that was read: `amount_range` of the first verdict, or
    where that has no bound, over `facts` whose bounds are closed."""
    by_photo = amount_range.get("high")
    try:
        table = read_table(rules.reward)
        follows_facts = any(paths_read(row[table.output]) for row in table.rows)
    except (RewardError, ExpressionError):
        return by_photo or 0
    if not follows_facts:
        return reward_bounds.greatest_fen(rules.reward) or 0
    return evaluate_reward(rules.reward, facts).high_fen or 0 if by_photo is None else by_photo
