"""A reviewer's decision can be undone for some seconds: until then it is kept, and nothing is decided or paid.

The service keeps it, so that a page that is closed or a process that dies loses nothing. Any worker carries it out.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select

from crm.access.scope import Scope, found, require
from crm.access.session import unscoped
from crm.audits.reviewing import Asked, review, waiting_audit
from crm.audits.tables import PendingReview, ReviewItem
from crm.audits.wording import text
from crm.kernel.clock import utcnow
from crm.kernel.db import Database, ReadSession, WriteSession, now_of
from crm.kernel.errors import Conflict, CrmError, Forbidden
from crm.people import service as people
from crm.people.memberships import scope_in

UNDO_S = 8
_TOLD_FOR = timedelta(hours=12)  # that a decision could not be carried out; by then the shift is over
_GIVEN_UP_AFTER = timedelta(minutes=5)
_AT_ONCE_MAX = 200
_log = structlog.get_logger("shelfproof.audits")


@dataclass(frozen=True)
class Laid:
    """A decision that is kept, and what it will come to as things stand: its outcome, and what it pays in fen."""

    pending: PendingReview
    outcome: str
    amount_fen: int


def lay(s: WriteSession, scope: Scope, audit_id: str, asked: Asked) -> Laid:
    """Keep a decision on an audit, which leaves the queue at once, and have it carried out in UNDO_S seconds.

    Errors as of `review`, which is tried here and taken back; Conflict('already_reviewed') also while another decision
    on the audit is kept.
    """
    require(scope, "auditor", "manager")
    audit = waiting_audit(s, scope, audit_id)  # locked out here, since what is taken back lets go of its locks
    with s.begin_nested() as trial:
        decision = review(s, scope, audit_id, **asdict(asked))
        outcome, amount_fen = decision.outcome, decision.amount_fen
        trial.rollback()
    now = now_of(s)
    made = PendingReview(
        audit_id=audit.id,
        brand_id=audit.brand_id,
        asked=asdict(asked),
        decided_by=scope.user_id,
        created_at=now,
        due_at=now + timedelta(seconds=UNDO_S),
    )
    s.add(made)
    s.flush()
    return Laid(made, outcome, amount_fen)


def undo(s: WriteSession, scope: Scope, pending_id: str) -> PendingReview:
    """Forget a decision that is kept: the audit waits again as before. Who made it only; Conflict('undo_over') once it
    is due."""
    require(scope, "auditor", "manager")
    wanted = select(PendingReview).where(PendingReview.id == pending_id)
    kept = found(s.scalar(wanted.with_for_update()), "this decision")
    if kept.decided_by != scope.user_id:
        raise Forbidden("another person decided this: only he may undo it", "由他人判定：只有本人可以撤销")
    if kept.state == "undone":
        return kept
    if kept.state != "waiting" or _is_due(kept, now_of(s)):
        raise Conflict("the time to undo this is over: it is decided", "已超过撤销时间：判定已生效", code="undo_over")
    kept.state = "undone"
    return kept


def kept_reviews(s: ReadSession, scope: Scope) -> Sequence[PendingReview]:
    """The caller's decisions that can be undone, and those of late that could not be carried out, the last first."""
    require(scope, "auditor", "manager")
    failed = (PendingReview.state == "failed") & (PendingReview.due_at > utcnow() - _TOLD_FOR)
    mine = select(PendingReview).where(PendingReview.decided_by == scope.user_id)
    told = mine.where(or_(PendingReview.state == "waiting", failed)).order_by(PendingReview.id.desc())
    return s.scalars(told.limit(_AT_ONCE_MAX)).all()


def carry_out_due(database: Database) -> int:
    """Carry out the decisions that are due, each in a transaction of its own; how many were. Any number of processes
    may do so at once. A decision that fails for a fault of ours is tried again, for some minutes after the first
    time."""
    with database.read(unscoped("what reviewers of all brands decided is carried out")) as s:
        waiting = s.scalars(
            select(PendingReview).where(PendingReview.state == "waiting").order_by(PendingReview.due_at)
        )
        ids = [kept.id for kept in waiting if _is_due(kept, now_of(s))]
    done = 0
    for pending_id in ids:
        try:
            with database.write(unscoped("what reviewers of all brands decided is carried out")) as s:
                done += _carry_out(s, pending_id)
        except Exception as error:
            _log.error("review_not_carried_out", pending=pending_id, error=type(error).__name__)
            with database.write(unscoped("what reviewers of all brands decided is carried out")) as s:
                _failed(s, _taken(s, pending_id))
    return done


def _is_due(kept: PendingReview, now: datetime) -> bool:
    """Also where it is due later than any that is kept now can be: the clock was put right since, by some hours it may
    be, and meanwhile its display is in nobody's queue."""
    return not now < kept.due_at <= now + timedelta(seconds=2 * UNDO_S)


def _carry_out(s: WriteSession, pending_id: str) -> bool:
    kept = _taken(s, pending_id)
    if kept is None:
        return False
    kept.state = "done"
    s.flush()
    try:
        scope = scope_in(s, people.current_user(s, kept.decided_by), kept.brand_id)
        with scope.of(s), s.begin_nested():
            review(s, scope, kept.audit_id, **kept.asked)
    except CrmError as error:
        _give_back(s, kept, error.code)
        return False
    return True


def _failed(s: WriteSession, kept: PendingReview | None) -> None:
    now = now_of(s)
    if kept is None:
        return
    if kept.failed_at is None or kept.failed_at > now:
        kept.failed_at = now
    elif now - kept.failed_at > _GIVEN_UP_AFTER:
        _give_back(s, kept, "not_carried_out")


def _taken(s: WriteSession, pending_id: str) -> PendingReview | None:
    """The decision, locked; None where another process has it, or it was undone."""
    waiting = select(PendingReview).where(PendingReview.id == pending_id, PendingReview.state == "waiting")
    return s.scalar(waiting.with_for_update(skip_locked=True).execution_options(populate_existing=True))


def _give_back(s: WriteSession, kept: PendingReview, code: str) -> None:
    """The audit waits again, and the queue says why."""
    kept.state, kept.fault = "failed", code
    item = s.get(ReviewItem, kept.audit_id, with_for_update=True, populate_existing=True)
    if item is not None and item.state == "open":
        said = [text("not_carried_out"), *([text(code)] if code == "budget_exhausted" else [])]
        told = {reason["code"] for reason in said}
        item.reasons = [*said, *(reason for reason in item.reasons if reason["code"] not in told)]
