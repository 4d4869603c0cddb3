"""The auditors' queue, and what they decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlalchemy import exists, select, tuple_

from crm.access.scope import Scope, found, require
from crm.audits.appending import append_decision
from crm.audits.boxes import beyond_boxes, within_boxes
from crm.audits.correcting import corrected
from crm.audits.decisions import as_read, decisions_of, judged_before
from crm.audits.dismissing import Standing, keep_dismissals, standing
from crm.audits.estimating import Estimate, estimate
from crm.audits.locking import lock_audit, lock_displays
from crm.audits.photos.tables import Audit
from crm.audits.tables import Correction, Decision, PendingReview, PhotoReading, ReviewItem
from crm.audits.ticking import require_ticks
from crm.audits.verdicts import best_of, greatest_fen, no_verdict, verdict_for
from crm.audits.wording import beyond, numbers_repeated, text
from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.kernel.business_time import business_day
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Forbidden, Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.ledger.errors import Overdrawn
from crm.tasks import service as tasks
from crm.tasks.tables import Task, TaskVersion
from pipeline.numbers import is_whole, whole_of
from pipeline.rules.rule_engine import FEN_MAX
from pipeline.rules.verdict import Verdict
from pipeline.rules.wording import yuan

Action = Literal["approve", "refuse", "correct"]
REASON_CHARS_MAX = 500


@dataclass(frozen=True)
class Asked:
    """What a reviewer decides of an audit.

    approve: pays `amount_fen`, or what the rules give at the best estimates. refuse: needs a reason. correct: puts
    `facts` (path → number, exact) and what follows from them right, and lets the rules decide again. `dismissals`:
    code of a flag of the whole photo → why it does not count. `confirm`: the numbers of `facts` that no box of the
    photos shows, given again. `seq`: number of the decision that the reviewer saw, where he saw one.
    """

    action: Action
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    amount_fen: int | None = None
    dismissals: Mapping[str, str] = field(default_factory=dict)
    confirm: Mapping[str, Any] = field(default_factory=dict)
    seq: int | None = None


@dataclass(frozen=True)
class Ruling:
    """What becomes of an audit if it is decided as asked; nothing is written yet."""

    audit: Audit
    task: Task
    version: TaskVersion
    asked: Asked
    decision: Decision
    verdict: Verdict
    outcome: str
    amount_fen: int
    greatest_fen: int
    corrected: Mapping[str, Any]

    @property
    def needs_second(self) -> bool:
        """Whether more would be paid than the task's rules can give."""
        return self.outcome == "pass" and self.amount_fen > self.greatest_fen


def review_queue(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[ReviewItem]:
    """Audits that wait for an auditor, money × uncertainty first, but those on which a decision is kept to be carried
    out. Auditors and managers only."""
    require(scope, "auditor", "manager")
    kept = exists().where(PendingReview.audit_id == ReviewItem.audit_id, PendingReview.state == "waiting")
    statement = select(ReviewItem).where(ReviewItem.state == "open", ~kept)
    if after is not None:
        cursor = tuple_(ReviewItem.priority, ReviewItem.audit_id)
        statement = statement.where(cursor < _cursor_values(after))
    statement = statement.order_by(ReviewItem.priority.desc(), ReviewItem.audit_id.desc())
    rows = s.scalars(statement.limit(checked_limit(limit) + 1)).all()
    return page_of(rows, limit, lambda item: f"{item.priority}.{item.audit_id}")


def review(s: WriteSession, scope: Scope, audit_id: str, action: Action, reason: str = "", **asked: Any) -> Decision:
    """Decide an audit that waits for review; `asked` are further fields of `Asked`. Auditors and managers only.

    A correction that settles nothing, or leaves a flag of the whole photo standing, has the outcome 'review', and the
    audit stays in the queue. Conflict('already_reviewed') when somebody was first, Conflict('decided_meanwhile') where
    another decision holds than the one that was seen, Conflict('flags_stand') for an approval while a flag of the whole
    photo stands, Conflict('numbers_beyond_boxes') for numbers that no box shows and that were not given again,
    Conflict('second_person_needed') for more than the rules can give, Conflict('budget_exhausted') when the budget does
    not suffice, Conflict('rules_unreadable') for all but refuse where the task's stored rules are damaged: without them
    no amount can be told, Conflict('ticks_missing') and Conflict('ticks_against') as of `ticking.require_ticks`.
    Invalid for a missing or wrong value, for facts that contradict each other, or a SKU that is not known.
    """
    ruling = ruled(s, scope, audit_id, Asked(action, reason, **asked))
    if ruling.needs_second:
        most, amount = yuan(ruling.greatest_fen), yuan(ruling.amount_fen)
        raise Conflict(
            f"{amount} is more than the {most} that the task can give: propose it to a second person",
            f"{amount} 超过任务最多可发放的 {most}：请提交第二人确认",
            code="second_person_needed",
            more={"amount_fen": ruling.amount_fen, "greatest_fen": ruling.greatest_fen},
        )
    return carry_out(s, ruling)


def ruled(s: WriteSession, scope: Scope, audit_id: str, asked: Asked, by: str | None = None) -> Ruling:
    """What an audit that waits for review, locked from here on, comes to as asked by the person `by`, the caller unless
    another is named; errors as of `review`."""
    require(scope, "auditor", "manager")
    asked = _checked(asked)
    audit = waiting_audit(s, scope, audit_id)
    decided_by = by or scope.user_id
    if audit.user_id in (scope.user_id, decided_by):
        raise Forbidden("you sent these photos yourself: another person must review them", "照片由您提交：须由他人审核")
    require_ticks(s, audit_id, asked.action)
    decisions = decisions_of(s, audit_id)
    if judged_before(decisions).intersection((scope.user_id, decided_by)):
        raise Forbidden(
            "you decided this before the award was taken back: another person must review it",
            "奖励追回前由您判定：须由他人审核",
        )
    read, previous = as_read(decisions), decisions[-1]
    if asked.seq is not None and asked.seq != previous.seq:
        raise Conflict(
            "another decision holds since you looked at it: reload",
            "您查看后已有新的判定：请刷新",
            code="decided_meanwhile",
        )
    version, task = tasks.version_and_task(s, audit.task_version_id)
    rules = tasks.rules_of(version)
    if rules is None and asked.action != "refuse":
        raise Conflict(
            "the task's stored rules cannot be read: refuse with a reason, or have them restored",
            "该任务的规则数据已损坏，无法读取：请填写理由驳回，或请管理员恢复规则",
            code="rules_unreadable",
        )
    held = standing(s, audit_id, decisions).without(asked.dismissals)
    facts, reasons = previous.facts, [text(_SAID[asked.action])]
    before: dict[str, Any] = {}
    if asked.action == "approve":
        _refuse_while_held(held)
        facts = best_of(previous.facts)
        if asked.amount_fen is None:
            _check_estimate(estimate(s, audit, version, previous.facts, previous.names))
    elif asked.action == "correct":
        products = catalog.view(s, audit.brand_id, business_day(audit.created_at))
        facts, before = _corrected(products, previous.facts, asked)
        reasons += _repeated(s, audit, products.names, asked, read.facts)
    decision = Decision(
        kind=asked.action,
        facts=facts,
        flags=list(held.flags),
        names=previous.names,
        models=previous.models,
        thresholds=previous.thresholds,
        decided_by=decided_by,
        comment=asked.reason,
        reasons=reasons,
    )
    if rules is None:
        verdict, most = no_verdict(text("rules_unreadable")), 0
    else:
        verdict = verdict_for(asked.action, facts, decision.flags, rules, previous.names)
        closed = within_boxes(read.facts, _detections(s, audit_id))
        most = greatest_fen(rules, read.verdict.get("amount_range", {}), closed)
    return Ruling(audit, task, version, asked, decision, verdict, *_settled(asked, verdict), most, before)


def carry_out(s: WriteSession, ruling: Ruling) -> Decision:
    """Append the decision, with what is posted and what is kept of it; Conflict('budget_exhausted')."""
    decision, settled = ruling.decision, (ruling.outcome, ruling.amount_fen)
    try:
        append_decision(s, ruling.audit, ruling.task, ruling.version, decision, ruling.verdict, settled)
    except Overdrawn as error:
        raise Conflict(
            "the task's budget does not suffice: have it filled first",
            "任务预算不足：请先补足预算",
            code="budget_exhausted",
        ) from error
    keep_dismissals(s, decision, ruling.asked.dismissals)
    _keep_corrections(s, decision, ruling.corrected, ruling.asked.facts)
    return decision


_SAID: Mapping[Action, str] = {"approve": "approved", "refuse": "refused", "correct": "corrected"}


def _checked(asked: Asked) -> Asked:
    if asked.action not in _SAID:
        raise Invalid(
            "action",
            f"{asked.action!r} is no action: give approve, refuse or correct",
            f"{asked.action!r} 不是有效操作：请填写 approve、refuse 或 correct",
        )
    reason = asked.reason.strip()[:REASON_CHARS_MAX]
    if asked.action == "refuse" and not reason:
        raise Invalid("reason", "give the reason: the rep will read it", "请填写理由：业务员会看到")
    if asked.amount_fen is not None and (not is_whole(asked.amount_fen) or not 0 <= asked.amount_fen <= FEN_MAX):
        raise Invalid("amount_fen", f"give 0 to {FEN_MAX} fen", f"请填写 0 至 {FEN_MAX} 分")
    facts, dismissals, confirm = ({**(each or {})} for each in (asked.facts, asked.dismissals, asked.confirm))
    return replace(asked, reason=reason, facts=facts, dismissals=dismissals, confirm=confirm)


def _check_estimate(estimated: Estimate) -> None:
    """Invalid where approving without an amount would pay what nobody proposes."""
    if estimated.reason is not None and estimated.reason["code"] not in ("already_paid", "displays_paid"):
        reason = estimated.reason
        raise Invalid("amount_fen", reason["en"], reason["zh"], code=reason["code"])


def waiting_audit(s: WriteSession, scope: Scope, audit_id: str) -> Audit:
    """The audit, locked with its review item and the displays of its outlet; Conflict unless it waits for review, and
    no decision on it is kept to be carried out."""
    found(s.scalar(select(Audit.id).where(Audit.id == audit_id)), "this audit")
    audit = lock_audit(s, audit_id)
    item = s.get(ReviewItem, audit_id, with_for_update=True, populate_existing=True)
    if item is None or item.state != "open" or is_kept(s, audit_id):
        raise Conflict(
            "this audit does not wait for review: somebody was first", "该检核已由他人处理", code="already_reviewed"
        )
    lock_displays(s, audit)
    return audit


def is_kept(s: ReadSession, audit_id: str) -> bool:
    """Whether a reviewer has decided the audit and may still undo it."""
    kept = select(PendingReview.id).where(PendingReview.audit_id == audit_id, PendingReview.state == "waiting")
    return s.scalar(kept.limit(1)) is not None


def _refuse_while_held(held: Standing) -> None:
    stand = held.to_dismiss
    if stand:
        raise Conflict(
            f"flags stand, dismiss each with a reason, or refuse: {' '.join(flag['en'] for flag in stand)}",
            f"照片仍有疑点，请逐一填写理由排除，或驳回：{''.join(flag['zh'] for flag in stand)}",
            code="flags_stand",
            more={"flags": [flag["code"] for flag in stand]},
        )


def _corrected(
    products: CatalogueView, facts: Mapping[str, Any], asked: Asked
) -> tuple[dict[str, Any], dict[str, Any]]:
    others = products.names.keys() - products.own
    return corrected(facts, asked.facts, products.own, products.new, others, products.names)


def _repeated(
    s: ReadSession, audit: Audit, names: Mapping[str, Mapping[str, str]], asked: Asked, read: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The reason that names numbers which no box shows and which were given twice; Conflict('numbers_beyond_boxes')
    where they were not."""
    bounds = beyond_boxes(asked.facts, read, _detections(s, audit.id))
    if dict(asked.confirm) == {path: asked.facts[path] for path in bounds}:
        return [numbers_repeated(asked.facts, bounds, names)] if bounds else []
    en, zh = beyond(asked.facts, bounds, names) if bounds else ("none of the numbers is", "没有数值")
    raise Conflict(
        f"more than the photo's boxes show: {en}: repeat exactly these numbers in confirm",
        f"超出照片方框数：{zh}：如确认无误，请在 confirm 中原样再次填写",
        code="numbers_beyond_boxes",
        more={"bounds": bounds},
    )


def _detections(s: ReadSession, audit_id: str) -> list[Mapping[str, Any]]:
    readings = s.scalars(select(PhotoReading).where(PhotoReading.audit_id == audit_id))
    return [box for each in readings for box in each.reading.get("detections", [])]


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


def _settled(asked: Asked, verdict: Verdict) -> tuple[str, int]:
    """Outcome and amount of a person's decision."""
    if asked.action == "refuse":
        return "refuse", 0
    if asked.action == "correct":
        return verdict.outcome, verdict.amount_fen
    if asked.amount_fen is None:
        return "pass", verdict.amount_fen
    by_rules = verdict.amount_fen if verdict.outcome == "pass" else None
    if asked.amount_fen != by_rules and not asked.reason:
        raise Invalid(
            "reason", "the rules give another amount: say why this one is right", "与规则给出的金额不同：请说明理由"
        )
    return "pass", asked.amount_fen


def _cursor_values(after: str) -> tuple[int, str]:
    number, _, audit_id = after.partition(".")
    priority = whole_of(number)
    if priority is None or not audit_id:
        raise Invalid(
            "after",
            "this is not a cursor of the review queue: start without one",
            "这不是审核队列的翻页标记：请从第一页开始",
        )
    return priority, audit_id
