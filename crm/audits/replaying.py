"""A stored decision made again from what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.audits.tables import Decision, Shadow
from crm.audits.verdicts import as_json, verdict_for
from crm.kernel.db import ReadSession
from crm.kernel.errors import Conflict, NotFound
from crm.tasks import service as tasks
from pipeline.texts import text_in


@dataclass(frozen=True)
class Replay:
    """A stored verdict, the same made again now, and whether they are equal; its shadow, if it has one, as well."""

    stored: dict[str, Any]
    recomputed: dict[str, Any]
    equal: bool


def replay(s: ReadSession, decision_id: str) -> Replay:
    """Decide again what a decision was about, by the rules of its task version; NotFound,
    Conflict('rules_unreadable')."""
    decision = s.scalar(select(Decision).where(Decision.id == decision_id))
    if decision is None:
        raise NotFound("this decision does not exist, or is not yours to see", "该判定不存在，或您无权查看")
    version, _ = tasks.version_and_task(s, decision.task_version_id)
    rules = tasks.rules_of(version)
    if rules is None:
        raise Conflict(
            "the stored rules of this task cannot be read: restore them",
            "该任务的规则数据已损坏，无法读取：请恢复规则",
            code="rules_unreadable",
        )

    def decided(facts: dict[str, Any]) -> dict[str, Any]:
        return dict(as_json(verdict_for(decision.kind, facts, decision.flags, rules, decision.names).as_dict()))

    again, shadow = decided(decision.facts), s.get(Shadow, decision.id)
    same_shadow = shadow is None or decided(shadow.facts) == in_present_form(shadow.verdict)
    return Replay(decision.verdict, again, again == in_present_form(decision.verdict) and same_shadow)


def in_present_form(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """A stored verdict as it would be stored today: its clauses were once called by `label_en` and `label_zh`."""
    return {**verdict, "clauses": [_clause(each) for each in verdict["clauses"]]}


def _clause(clause: Mapping[str, Any]) -> dict[str, Any]:
    label = text_in(clause, "label")
    kept = {name: value for name, value in clause.items() if name not in ("label_en", "label_zh")}
    return {**kept, "label": label.as_dict()} if label else kept
