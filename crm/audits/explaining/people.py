"""What people have said of an audit, and what the caller may do with it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from crm.access.scope import IN_THE_FIELD, WITHOUT_NAMES, Scope
from crm.access.session import unscoped
from crm.audits.decisions import as_read, judged_before
from crm.audits.dismissing import dismissals_of, standing
from crm.audits.photos.tables import Audit
from crm.audits.reversing import reopens
from crm.audits.reviewing import is_kept
from crm.audits.seconding import ProposalCard, proposals_of
from crm.audits.tables import Decision
from crm.audits.told import Deed, Dismissal, FlagTold, ProposalState, ProposalTold
from crm.kernel.db import ReadSession
from crm.people.tables import User
from crm.tasks.tables import TaskVersion

_REVIEWERS = ("auditor", "manager", "admin")
_SECONDS = {"review": _REVIEWERS, "reversal": ("manager", "finance", "admin")}


def to_dismiss(s: ReadSession, scope: Scope, audit: Audit, decisions: Sequence[Decision]) -> tuple[FlagTold, ...]:
    """Flags of the whole photo that stand; none for a rep or a dealer."""
    if scope.role in IN_THE_FIELD or not decisions:
        return ()
    return tuple(FlagTold.of(each) for each in standing(s, audit.id, decisions).to_dismiss)


def dismissals_told(s: ReadSession, scope: Scope, audit: Audit, decisions: Sequence[Decision]) -> tuple[Dismissal, ...]:
    """A rep, or a dealer, reads which flags were dismissed and when, no more; data people not by whom."""
    found = dismissals_of(s, audit.id)
    if not found:
        return ()
    flags = {flag["code"]: flag for flag in as_read(decisions).flags}
    in_field = scope.role in IN_THE_FIELD
    names = _names(s, scope, {each.dismissed_by for each in found})
    return tuple(
        Dismissal(
            FlagTold.of(flags[each.code]),
            None if in_field else each.reason,
            names.get(each.dismissed_by),
            each.created_at,
        )
        for each in found
    )


def proposals_told(
    s: ReadSession, scope: Scope, audit: Audit, decisions: Sequence[Decision]
) -> tuple[ProposalTold, ...]:
    """What waits, or waited, for a second person; nothing for a rep or a dealer."""
    cards = [] if scope.role in IN_THE_FIELD else proposals_of(s, audit.id)
    names = _names(s, scope, {by for card in cards for by in _people(card)})
    last = decisions[-1].seq if decisions else 0
    return tuple(_proposal(scope, card, audit, names, last) for card in cards)


def may(
    s: ReadSession, scope: Scope, audit: Audit, version: TaskVersion, decisions: Sequence[Decision], paid: bool
) -> tuple[Deed, ...]:
    """What the caller may do with an audit now, as `review`, `reverse` and `reopen` see it."""
    if scope.role not in _REVIEWERS or audit.user_id == scope.user_id or not decisions:
        return ()
    if audit.state == "in_review":
        kept_off = scope.user_id in judged_before(decisions) or is_kept(s, audit.id)
        return () if kept_off else ("review",)
    deeds: tuple[Deed, ...] = ("reverse",) if paid and scope.role != "auditor" else ()
    return (*deeds, "reopen") if reopens(s, audit, version, decisions) else deeds


def _people(card: ProposalCard) -> set[str]:
    return {card.proposal.proposed_by, *([card.answer.answered_by] if card.answer is not None else [])}


def _names(s: ReadSession, scope: Scope, user_ids: set[str]) -> dict[str, str]:
    if not user_ids or scope.role in WITHOUT_NAMES:
        return {}
    people = select(User.id, User.name).where(User.id.in_(user_ids))
    with unscoped("who decided may be of no brand, and is named to who sees the decision").of(s):
        return {user_id: name for user_id, name in s.execute(people)}


def _proposal(scope: Scope, card: ProposalCard, audit: Audit, names: Mapping[str, str], last_seq: int) -> ProposalTold:
    proposal, answer = card.proposal, card.answer
    waits: ProposalState = "waiting" if proposal.seq == last_seq else "over"
    others = scope.user_id not in (proposal.proposed_by, audit.user_id)
    return ProposalTold(
        id=proposal.id,
        kind="review" if proposal.kind == "review" else "reversal",
        amount_fen=proposal.amount_fen,
        reason=proposal.reason,
        by=names.get(proposal.proposed_by),
        mine=proposal.proposed_by == scope.user_id,
        may_confirm=others and scope.role in _SECONDS[proposal.kind],
        at=proposal.created_at,
        state=waits if answer is None else "confirmed" if answer.answer == "confirmed" else "declined",
        answered_by=None if answer is None else names.get(answer.answered_by),
        answer_reason="" if answer is None else answer.reason,
        answered_at=None if answer is None else answer.created_at,
    )
