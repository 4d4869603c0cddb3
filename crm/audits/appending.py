"""A decision is completed, paid where it pays, and appended; audit, claim and queue follow it."""

from sqlalchemy import select

from crm.audits.decisions import latest_decision
from crm.audits.estimating import estimate
from crm.audits.paying import paid_already, pay
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision, ReviewItem
from crm.audits.verdicts import as_json, priority
from crm.kernel.clock import utcnow
from crm.kernel.db import WriteSession
from crm.tasks.tables import Task, TaskClaim, TaskVersion
from pipeline.rules.verdict import Verdict


def append_decision(
    s: WriteSession,
    audit: Audit,
    task: Task,
    version: TaskVersion,
    decision: Decision,
    verdict: Verdict,
    settled: tuple[str, int] | None = None,
    last_seq: int | None = None,
) -> Decision:
    """Complete `decision` (kind, facts, flags, names, models, thresholds are set) from its verdict and
    append it.

    `settled` is outcome and amount in fen where a person decides, or shall, otherwise than the verdict. A review
    carries what approving would pay. A pass is
    posted to the ledger, unless this display, or as many others as the version rewards, have been paid in this
    period. Where the budget does not
    suffice, an automatic pass becomes a review. The audit and its review item follow. The audit and its outlet's
    displays are locked. `last_seq`: of the decision before, 0 where there is none, from a caller who has looked.
    """
    if last_seq is None:
        previous = latest_decision(s, audit.id)
        last_seq = 0 if previous is None else previous.seq
    decision.audit_id, decision.brand_id, decision.user_id = audit.id, audit.brand_id, audit.user_id
    decision.task_version_id = version.id
    decision.seq = last_seq + 1
    decision.outcome, decision.amount_fen = settled or (verdict.outcome, verdict.amount_fen)
    decision.verdict = as_json(verdict.as_dict())
    decision.reasons = [*(decision.reasons or []), *(dict(reason) for reason in verdict.reasons)]
    if decision.outcome == "review":
        decision.amount_fen = estimate(s, audit, version, decision.facts, decision.names).fen or 0
    if decision.outcome == "pass":
        pay(s, audit, task, version, decision)
    s.add(decision)
    s.flush()
    _move_on(s, audit, version, decision)
    s.flush()
    return decision


def _move_on(s: WriteSession, audit: Audit, version: TaskVersion, decision: Decision) -> None:
    """Audit, claim and review item after a decision."""
    now = utcnow()
    item = s.get(ReviewItem, audit.id) if decision.seq > 1 else None  # the first one makes it
    if decision.outcome == "review":
        audit.state, paid = "in_review", paid_already(s, audit, version) is not None
        if item is None:
            item = ReviewItem(audit_id=audit.id, brand_id=audit.brand_id, opened_at=now)
            s.add(item)
        elif item.state == "done":  # opened again
            item.state, item.opened_at, item.closed_at, item.closed_by = "open", now, None, None
        item.reasons = decision.reasons
        item.priority = priority(decision.verdict, decision.flags, paid)
        return
    audit.state = "decided"
    if item is not None and item.state == "open":
        item.state, item.closed_at, item.closed_by = "done", now, decision.decided_by
    if decision.outcome == "pass":
        claim = s.get(TaskClaim, audit.claim_id)
        others_wait = select(Audit.id).where(Audit.claim_id == audit.claim_id, Audit.state == "open").limit(1)
        if claim is not None and claim.state == "active" and s.scalar(others_wait) is None:
            claim.state = "done"
