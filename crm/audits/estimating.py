"""What approving a display pays where the auditor names no amount."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.audits.paying import paid_already
from crm.audits.photos.tables import Audit
from crm.audits.verdicts import best_of, verdict_for
from crm.audits.wording import Flag, text
from crm.kernel.db import ReadSession
from crm.tasks import service as tasks
from crm.tasks.tables import TaskVersion


@dataclass(frozen=True)
class Estimate:
    """`fen`: what the rules give at the best estimates, 0 included; None where they give nothing, and `reason`
    (`code`, `en`, `zh`) says why."""

    fen: int | None
    reason: Flag | None


def estimate(
    s: ReadSession,
    audit: Audit,
    version: TaskVersion,
    facts: Mapping[str, Any],
    names: Mapping[str, Mapping[str, str]],
) -> Estimate:
    """The estimate for an audit of which `facts` were read (nested, leaves `{low, best, high}`).

    There is none where the display, or as many others as the version rewards, were paid in this period, where
    nothing was read, where a clause is not met at the best estimates or the table gives no amount there, and where the
    stored rules are damaged.
    """
    rules = tasks.rules_of(version)
    if rules is None:
        return Estimate(None, text("rules_unreadable"))
    paid = paid_already(s, audit, version)
    if not facts:
        return Estimate(None, paid or text("nothing_read"))
    verdict = verdict_for("approve", best_of(facts), [], rules, names)
    if paid is None and verdict.outcome == "pass":
        return Estimate(verdict.amount_fen, None)
    met = all(clause.outcome == "pass" for clause in verdict.clauses)
    return Estimate(None, paid or text("no_amount" if met else "estimates_fail"))
