"""An award is taken back, and the audit looked at again."""

from collections.abc import Sequence

from sqlalchemy import select

from crm.access import trail
from crm.access.scope import Scope, found, require
from crm.audits.appending import append_decision
from crm.audits.decisions import as_read, decisions_of
from crm.audits.locking import lock_audit, lock_displays
from crm.audits.paying import paid_already, pays
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision
from crm.audits.verdicts import no_verdict, verdict_for
from crm.audits.wording import taken_back, text
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Forbidden, Invalid
from crm.ledger.errors import Overdrawn
from crm.tasks import service as tasks
from crm.tasks.reserving import reverse_award
from crm.tasks.tables import TaskVersion
from pipeline.rules.verdict import Verdict
from pipeline.rules.wording import yuan

REASON_CHARS_MAX = 500
# Displays earn ¥2 to ¥10: what one slip may have paid is mended by one person, a sum that hurts a rep needs two.
ALONE_FEN_MAX = 10_000


def paid_decision(s: ReadSession, audit_id: str) -> Decision | None:
    """The decision on an audit whose award stands."""
    return s.scalar(select(Decision).where(Decision.audit_id == audit_id, pays()))


def reverse(s: WriteSession, scope: Scope, audit_id: str, reason: str) -> Decision:
    """Take back what an audit has paid; the display is then not rewarded until it is looked at again (`reopen`).
    Managers only, and never who sent the photos.

    Invalid without a reason. Conflict('nothing_to_reverse') where no award stands, Conflict('second_person_needed')
    above ALONE_FEN_MAX, Conflict('wallet_too_low') where the rep has less than that: nothing is posted then.
    """
    require(scope, "manager")
    paid = reversible(s, scope, audit_id, reason)
    if paid.amount_fen > ALONE_FEN_MAX:
        raise Conflict(
            f"{yuan(paid.amount_fen)} is more than {yuan(ALONE_FEN_MAX)}: propose it to a second person",
            f"{yuan(paid.amount_fen)} 超过 {yuan(ALONE_FEN_MAX)}：请提交第二人确认",
            code="second_person_needed",
            more={"amount_fen": paid.amount_fen, "greatest_fen": ALONE_FEN_MAX},
        )
    return take_back(s, paid, reason, scope.user_id)


def reversible(s: WriteSession, scope: Scope, audit_id: str, reason: str) -> Decision:
    """The decision whose award may be taken back, its audit and its outlet's displays locked from here on; errors as of
    `reverse`. Whether the caller may, the caller has asked."""
    _locked(s, scope, audit_id, reason)
    paid = paid_decision(s, audit_id)
    if paid is None:
        raise Conflict(
            "no award of this audit stands: there is nothing to take back",
            "该检核没有可追回的奖励",
            code="nothing_to_reverse",
        )
    return paid


def take_back(s: WriteSession, paid: Decision, reason: str, by: str) -> Decision:
    """Post the mirror of an award and append the decision that says so; Conflict('wallet_too_low')."""
    assert paid.entry_id is not None
    claim_id = s.scalars(select(Audit.claim_id).where(Audit.id == paid.audit_id)).one()
    _, task = tasks.version_and_task(s, paid.task_version_id)
    try:
        with s.begin_nested():
            told = f"audit {paid.audit_id}"
            entry_id = reverse_award(s, task, claim_id, paid.entry_id, told, trail.who(by))
    except Overdrawn as error:
        has, amount = yuan(error.balance_fen), yuan(paid.amount_fen)
        raise Conflict(
            f"the wallet holds {has} of the {amount}: nothing was taken back; try again when it holds enough",
            f"业务员钱包余额 {has}，不足 {amount}：未追回任何金额，余额足够后再试",
            code="wallet_too_low",
            more={"balance_fen": error.balance_fen},
        ) from error
    decision = _like(paid, "reverse", reason, by)
    decision.entry_id = entry_id
    decision.reasons = [taken_back(paid.amount_fen)]
    return _append(s, decision, paid, "refuse")


def reopen(s: WriteSession, scope: Scope, audit_id: str, reason: str) -> Decision:
    """Put an audit before the auditors again (`reopens`), as it was first read: corrections and dismissals of before do
    not count. Auditors and managers only, and never who sent the photos.

    Invalid without a reason, Conflict('not_reversed') where there is nothing to reopen.
    """
    require(scope, "auditor", "manager")
    audit = _locked(s, scope, audit_id, reason)
    decisions = decisions_of(s, audit_id)
    version, _ = tasks.version_and_task(s, audit.task_version_id)
    if not reopens(s, audit, version, decisions):
        raise Conflict(
            "no award of this audit was taken back, nor did it pass unpaid: there is nothing to reopen",
            "该检核的奖励未被追回，也没有通过而未付：无需重新复核",
            code="not_reversed",
        )
    read = as_read(decisions)
    decision = _like(read, "reopen", reason, scope.user_id)
    decision.reasons = [text("reopened")]
    return _append(s, decision, read, "review")


def reopens(s: ReadSession, audit: Audit, version: TaskVersion, decisions: Sequence[Decision]) -> bool:
    """Whether an audit may be reopened: its award was taken back last, or it passed last and was paid nothing, though
    its display may be paid now. `decisions`: all on it, the first one first."""
    if not decisions or decisions[-1].kind == "reverse":
        return bool(decisions)
    last = decisions[-1]
    return last.outcome == "pass" and last.entry_id is None and paid_already(s, audit, version) is None


def _locked(s: WriteSession, scope: Scope, audit_id: str, reason: str) -> Audit:
    if not reason.strip():
        raise Invalid("reason", "give the reason: the rep will read it", "请填写理由：业务员会看到")
    found(s.scalar(select(Audit.id).where(Audit.id == audit_id)), "this audit")
    audit = lock_audit(s, audit_id)
    if audit.user_id == scope.user_id:
        raise Forbidden("you sent these photos yourself: another person must do this", "照片由您提交：须由他人操作")
    lock_displays(s, audit)
    return audit


def _like(decision: Decision, kind: str, reason: str, by: str) -> Decision:
    """A new decision on what another one was about."""
    return Decision(
        kind=kind,
        facts=decision.facts,
        flags=decision.flags,
        names=decision.names,
        models=decision.models,
        thresholds=decision.thresholds,
        decided_by=by,
        comment=reason.strip()[:REASON_CHARS_MAX],
    )


def _append(s: WriteSession, decision: Decision, like: Decision, outcome: str) -> Decision:
    audit = s.get(Audit, like.audit_id)
    assert audit is not None
    version, task = tasks.version_and_task(s, audit.task_version_id)
    rules = tasks.rules_of(version)
    verdict: Verdict = no_verdict(text("rules_unreadable"))
    if rules is not None:
        verdict = verdict_for(decision.kind, decision.facts, decision.flags, rules, decision.names)
    return append_decision(s, audit, task, version, decision, verdict, (outcome, 0))
