"""What one person may not do alone waits for a second one: to pay more than the rules can give, to take much back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import exists, select

from crm.access.scope import Scope, found, require
from crm.access.session import unscoped
from crm.audits.decisions import latest_decision
from crm.audits.locking import lock_audit
from crm.audits.photos.tables import Audit
from crm.audits.reversing import ALONE_FEN_MAX, reversible, take_back
from crm.audits.reviewing import Asked, carry_out, ruled
from crm.audits.tables import Decision, Proposal, ProposalAnswer
from crm.audits.wording import text
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, CrmError, Forbidden, Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.people import service as people
from crm.people.memberships import scope_in


@dataclass(frozen=True)
class ProposalCard:
    """A proposal and what became of it; None while it waits, or where the audit was decided otherwise meanwhile."""

    proposal: Proposal
    answer: ProposalAnswer | None


def propose_review(s: WriteSession, scope: Scope, audit_id: str, asked: Asked) -> Proposal:
    """Lay a decision that pays more than the rules can give before a second person. Auditors and managers only.

    Errors as of `review`; Invalid without a reason, Conflict('second_person_not_needed') where one may decide alone,
    Conflict('proposed_already') while another proposal on the audit waits.
    """
    ruling = ruled(s, scope, audit_id, asked)
    if not ruling.needs_second:
        raise Conflict(
            "one person may decide this: review it", "此项可由一人判定：请直接审核", code="second_person_not_needed"
        )
    if not ruling.asked.reason:
        raise Invalid(
            "reason",
            "say why more than the task can give is right: the second person will read it",
            "金额超出任务可发放的上限：请说明理由，供第二人查看",
        )
    return _propose(s, ruling.audit, "review", ruling.amount_fen, ruling.asked.reason, asdict(ruling.asked), scope)


def propose_reversal(s: WriteSession, scope: Scope, audit_id: str, reason: str) -> Proposal:
    """Lay a reversal above ALONE_FEN_MAX before a second person. Managers only; errors as of `reverse` and
    `propose_review`."""
    require(scope, "manager")
    paid = reversible(s, scope, audit_id, reason)
    if paid.amount_fen <= ALONE_FEN_MAX:
        raise Conflict(
            "one person may take this back: reverse it", "此项可由一人追回：请直接追回", code="second_person_not_needed"
        )
    audit = s.get(Audit, audit_id)
    assert audit is not None
    return _propose(s, audit, "reversal", paid.amount_fen, reason.strip()[:500], {}, scope)


def confirm(s: WriteSession, scope: Scope, proposal_id: str) -> Decision:
    """Carry out a proposal of another person. Auditors and managers, for a reversal managers and finance; never who
    proposed it or sent the photos.

    Conflict('proposal_over') where it was answered or the audit decided meanwhile, or where who proposed it may not
    decide this any more; else errors as of what is done.
    """
    proposal = _waiting(s, scope, proposal_id)
    if proposal.proposed_by == scope.user_id:
        raise Forbidden("you proposed this yourself: another person must confirm it", "此提议由您提出：须由他人确认")
    _require_proposer(s, proposal)
    if proposal.kind == "reversal":
        require(scope, "manager", "finance")
        decision = take_back(s, reversible(s, scope, proposal.audit_id, proposal.reason), proposal.reason,
                             proposal.proposed_by)  # fmt: skip
    else:
        ruling = ruled(s, scope, proposal.audit_id, Asked(**proposal.asked), proposal.proposed_by)
        ruling.decision.reasons = [*ruling.decision.reasons, text("seconded")]
        decision = carry_out(s, ruling)
    _answer(s, proposal, "confirmed", "", scope)
    return decision


def decline(s: WriteSession, scope: Scope, proposal_id: str, reason: str) -> ProposalCard:
    """End a proposal without carrying it out; who made it may withdraw it so. Auditors and managers, finance a
    reversal.

    Invalid without a reason, Conflict('proposal_over').
    """
    if not reason.strip():
        raise Invalid("reason", "say why: who proposed it will read it", "请说明理由：提议人会看到")
    proposal = _waiting(s, scope, proposal_id)
    return ProposalCard(proposal, _answer(s, proposal, "declined", reason.strip()[:500], scope))


def waiting_proposals(s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50) -> Page[Proposal]:
    """Proposals that wait for a second person, the oldest first; for finance reversals. Auditors, managers, finance."""
    require(scope, "auditor", "manager", "finance")
    statement = select(Proposal).where(
        ~exists().where(ProposalAnswer.id == Proposal.id),
        ~exists().where(Decision.audit_id == Proposal.audit_id, Decision.seq > Proposal.seq),
    )
    if scope.role == "finance":
        statement = statement.where(Proposal.kind == "reversal")
    if after is not None:
        statement = statement.where(Proposal.id > after)
    rows = s.scalars(statement.order_by(Proposal.id).limit(checked_limit(limit) + 1)).all()
    return page_of(rows, limit, lambda proposal: proposal.id)


def proposals_of(s: ReadSession, audit_id: str) -> Sequence[ProposalCard]:
    """All proposals on an audit, the first one first."""
    rows = s.execute(
        select(Proposal, ProposalAnswer)
        .outerjoin(ProposalAnswer, ProposalAnswer.id == Proposal.id)
        .where(Proposal.audit_id == audit_id)
        .order_by(Proposal.id)
    )
    return [ProposalCard(proposal, answer) for proposal, answer in rows]


def _propose(
    s: WriteSession, audit: Audit, kind: str, amount_fen: int, reason: str, asked: dict[str, Any], scope: Scope
) -> Proposal:
    latest = latest_decision(s, audit.id)
    assert latest is not None
    if any(card.answer is None and card.proposal.seq == latest.seq for card in proposals_of(s, audit.id)):
        raise Conflict(
            "a proposal waits here already: have it confirmed or declined first",
            "已有待确认的提议：请先确认或拒绝",
            code="proposed_already",
        )
    made = Proposal(
        brand_id=audit.brand_id,
        audit_id=audit.id,
        seq=latest.seq,
        kind=kind,
        amount_fen=amount_fen,
        reason=reason,
        asked=asked,
        proposed_by=scope.user_id,
    )
    s.add(made)
    s.flush()
    return made


def _waiting(s: WriteSession, scope: Scope, proposal_id: str) -> Proposal:
    """The proposal, its audit locked; Conflict unless it waits. What carries it out locks the item and displays."""
    require(scope, "auditor", "manager", "finance")
    proposal = found(s.scalar(select(Proposal).where(Proposal.id == proposal_id)), "this proposal")
    if proposal.kind == "review":
        require(scope, "auditor", "manager")
    audit = lock_audit(s, proposal.audit_id)
    if audit.user_id == scope.user_id:
        raise Forbidden("you sent these photos yourself: another person must decide", "照片由您提交：须由他人判定")
    latest = latest_decision(s, audit.id)
    if s.get(ProposalAnswer, proposal.id) is not None or latest is None or latest.seq != proposal.seq:
        raise Conflict(
            "this proposal was answered, or the audit decided meanwhile: reload",
            "该提议已被处理，或检核已另行判定：请刷新",
            code="proposal_over",
        )
    return proposal


def _require_proposer(s: ReadSession, proposal: Proposal) -> None:
    """Conflict unless who proposed this could do so now."""
    try:
        with unscoped("who proposed may be of no brand, or of another by now").of(s):
            by = scope_in(s, people.current_user(s, proposal.proposed_by), proposal.brand_id)
        require(by, *(("manager",) if proposal.kind == "reversal" else ("auditor", "manager")))
        with by.of(s):
            found(s.scalar(select(Audit.id).where(Audit.id == proposal.audit_id)), "this audit")
    except CrmError as error:
        raise Conflict(
            "who proposed this may not decide it any more: decline it, then decide anew",
            "提议人已无判定权限：请拒绝该提议后重新判定",
            code="proposal_over",
        ) from error


def _answer(s: WriteSession, proposal: Proposal, answer: str, reason: str, scope: Scope) -> ProposalAnswer:
    made = ProposalAnswer(id=proposal.id, answer=answer, reason=reason, answered_by=scope.user_id)
    s.add(made)
    s.flush()
    return made
