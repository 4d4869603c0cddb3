"""Decisions as they are stored, in JSON, told by the read model; pure."""

from collections.abc import Collection, Mapping
from typing import Any, get_args

from crm.audits.explaining.facts import fact_kind, fact_told, facts_told
from crm.audits.tables import Decision
from crm.audits.told import (
    AmountRange,
    ClauseTold,
    DecisionLine,
    DecisionTold,
    FactTold,
    FlagTold,
    Operator,
    ReasonTold,
    Threshold,
)
from pipeline.rules.expression import paths_read
from pipeline.texts import Text, text_in
from pipeline.vocabulary import Names


def line(decision: Decision, paid: Collection[str]) -> DecisionLine:
    """A decision in short; `paid`: ids of those whose award stands."""
    return DecisionLine(**_line(decision, paid))


def decision_told(
    decision: Decision, paid: Collection[str], reasons: tuple[ReasonTold, ...], names: Names
) -> DecisionTold:
    """The decision that holds, with its `reasons` as the caller may read them; `names`: of all SKUs, by code."""
    verdict = decision.verdict
    return DecisionTold(
        **_line(decision, paid),
        reasons=reasons,
        clauses=tuple(_clause(each, names) for each in verdict["clauses"]),
        amount_range=AmountRange(*(verdict["amount_range"].get(bound) for bound in ("low", "best", "high"))),
        flags=tuple(FlagTold.of(each) for each in decision.flags),
        facts=facts_told(decision.facts, names),
        models={name: (used,) if isinstance(used, str) else tuple(used) for name, used in decision.models.items()},
        thresholds=decision.thresholds,
    )


def _line(decision: Decision, paid: Collection[str]) -> dict[str, Any]:
    named = ("id", "no", "seq", "kind", "outcome", "amount_fen", "comment", "created_at")
    return {"paid": decision.id in paid, **{name: getattr(decision, name) for name in named}}


def _clause(clause: Mapping[str, Any], names: Names) -> ClauseTold:
    advice = clause["advice"]
    return ClauseTold(
        code=clause["code"],
        label=text_in(clause, "label") or Text(clause["code"], clause["code"]),
        on_fail=clause["on_fail"],
        outcome=clause["outcome"],
        expression=clause["expression"],
        measured={path: _measured(path, leaf, names) for path, leaf in clause["measured"].items()},
        threshold=_threshold(clause["threshold"]),
        advice=None if advice is None else Text(**advice),
    )


def _measured(path: str, leaf: Mapping[str, Any], names: Names) -> FactTold:
    [parts] = paths_read(path)
    return fact_told(parts, leaf, names)


def _threshold(threshold: Mapping[str, Any] | None) -> Threshold | None:
    if threshold is None or threshold["op"] not in get_args(Operator):
        return None
    path, value = threshold["path"], threshold["value"]
    [parts] = paths_read(path)
    values = tuple(value) if isinstance(value, list) else (value,)
    return Threshold(path, fact_kind(parts), threshold["op"], values)
