"""The auditors' queue, and what they decide."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import select, tuple_

from crm.audits.correcting import corrected
from crm.audits.deciding import append_decision, latest_decision, lock_audit, lock_brand
from crm.audits.proposing import Proposal, propose
from crm.audits.rules import amount_limit_fen, best_of, judge, text, unjudged
from crm.audits.tables import Correction, Decision, ReviewItem
from crm.business_time import business_day
from crm.catalog import service as catalog
from crm.db import ReadSession, WriteSession
from crm.errors import Conflict, Forbidden, Invalid
from crm.ledger.errors import Overdrawn
from crm.paging import Page, checked_limit, page_of
from crm.scope import Scope, found, require, visible
from crm.tasks import service as tasks
from crm.visits.tables import Audit
from pipeline.clauses import TaskRules
from pipeline.numbers import is_whole, whole_of
from pipeline.verdict import Verdict

Action = Literal["approve", "refuse", "correct"]
REASON_CHARS_MAX = 500


def review_queue(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[ReviewItem]:
    """Audits that wait for an auditor, money × uncertainty first. Auditors and managers only."""
    require(scope, "auditor", "manager")
    statement = visible(select(ReviewItem), scope, ReviewItem).where(ReviewItem.state == "open")
    if after is not None:
        cursor = tuple_(ReviewItem.priority, ReviewItem.audit_id)
        statement = statement.where(cursor < _cursor_values(after))
    statement = statement.order_by(ReviewItem.priority.desc(), ReviewItem.audit_id.desc())
    rows = s.scalars(statement.limit(checked_limit(limit) + 1)).all()
    return page_of(rows, limit, lambda item: f"{item.priority}.{item.audit_id}")


def review(
    s: WriteSession,
    scope: Scope,
    audit_id: str,
    action: Action,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
    amount_fen: int | None = None,
) -> Decision:
    """Decide an audit that waits for review. Auditors and managers only.

    approve: pays `amount_fen`, or what `proposing.propose` proposes; nothing for a display that was paid already.
    refuse: needs a reason.
    correct: puts `facts` (path → number, exact) and what follows from them right, and lets the rules decide again;
    where that settles nothing, the outcome is 'review' and the audit stays in the queue.
    Conflict('already_reviewed') when somebody was first, Conflict('budget_exhausted') when the budget does not
    suffice, Conflict('rules_unreadable') for all but refuse where the task's stored rules are damaged: without them no
    amount can be told, nor its limit. Invalid for a missing or wrong value, for facts that contradict each other, or a
    SKU that is not known.
    """
    require(scope, "auditor", "manager")
    reason = reason.strip()[:REASON_CHARS_MAX]
    if action not in ("approve", "refuse", "correct"):
        raise Invalid("action", f"{action!r} is no action: give approve, refuse or correct")
    if action == "refuse" and not reason:
        raise Invalid("reason", "give the reason: the rep will read it")
    audit = _waiting(s, scope, audit_id)
    if audit.user_id == scope.user_id:
        raise Forbidden("you sent these photos yourself: another person must review them")
    previous = latest_decision(s, audit_id)
    assert previous is not None
    version, task = tasks.version_and_task(s, audit.task_version_id)
    rules = tasks.rules_of(version)
    if rules is None and action != "refuse":
        told = "the task's stored rules cannot be read: refuse with a reason, or have them restored"
        raise Conflict(told, code="rules_unreadable")
    before: dict[str, Any] = {}
    judged_facts, flags = previous.facts, previous.flags
    if action == "approve":
        judged_facts, flags = best_of(previous.facts), []
        if amount_fen is None:
            _check_proposal(propose(s, audit, version, previous.facts, previous.names))
    elif action == "correct":
        products = catalog.view(s, audit.brand_id, business_day(audit.created_at))
        others = products.names.keys() - products.own
        judged_facts, before = corrected(previous.facts, facts or {}, products.own, products.new, others)
        flags = []
    verdict = judge(action, judged_facts, flags, rules, previous.names) if rules else unjudged(text("rules_unreadable"))
    decision = Decision(
        kind=action,
        facts=judged_facts,
        flags=flags,
        names=previous.names,
        models=previous.models,
        thresholds=previous.thresholds,
        decided_by=scope.user_id,
        comment=reason,
        reasons=[text({"approve": "approved", "refuse": "refused", "correct": "corrected"}[action])],
    )
    try:
        append_decision(
            s, audit, task, version, decision, verdict, _settled(action, verdict, previous, rules, amount_fen)
        )
    except Overdrawn as error:
        raise Conflict("the task's budget does not suffice: have it filled first", code="budget_exhausted") from error
    _keep_corrections(s, decision, before, facts or {})
    return decision


def _check_proposal(proposal: Proposal) -> None:
    """Invalid where approving without an amount would pay what nobody proposes."""
    if proposal.reason is not None and proposal.reason["code"] not in ("already_paid", "displays_paid"):
        raise Invalid("amount_fen", proposal.reason["en"], code=proposal.reason["code"])


def _waiting(s: WriteSession, scope: Scope, audit_id: str) -> Audit:
    """The audit, locked with its review item and its brand; Conflict unless it waits for review."""
    found(s.scalar(visible(select(Audit.id).where(Audit.id == audit_id), scope, Audit)), "this audit")
    audit = lock_audit(s, audit_id)
    item = s.get(ReviewItem, audit_id, with_for_update=True, populate_existing=True)
    if item is None or item.state != "open":
        raise Conflict("this audit does not wait for review: somebody was first", code="already_reviewed")
    lock_brand(s, audit.brand_id)
    return audit


def _keep_corrections(s: WriteSession, decision: Decision, before: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    for path, read in before.items():
        s.add(
            Correction(
                brand_id=decision.brand_id,
                audit_id=decision.audit_id,
                decision_id=decision.id,
                path=path,
                read=read,
                value=float(facts[path]),
                corrected_by=decision.decided_by,
            )
        )
    s.flush()


def _settled(
    action: Action, verdict: Verdict, previous: Decision, rules: TaskRules | None, amount_fen: int | None
) -> tuple[str, int]:
    """Outcome and amount of a person's decision."""
    if action == "refuse" or rules is None:  # without rules nothing else comes here
        return "refuse", 0
    if action == "correct":
        return verdict.outcome, verdict.amount_fen
    if amount_fen is None:
        return "pass", verdict.amount_fen
    limit = amount_limit_fen(rules, previous.verdict.get("amount_range", {}))
    if not is_whole(amount_fen) or not 0 <= amount_fen <= limit:
        raise Invalid("amount_fen", f"give 0 to {limit} fen: no more may be paid by hand for this task")
    return "pass", amount_fen


def _cursor_values(after: str) -> tuple[int, str]:
    number, _, audit_id = after.partition(".")
    priority = whole_of(number)
    if priority is None or not audit_id:
        raise Invalid("after", "this is not a cursor of the review queue: start without one")
    return priority, audit_id
