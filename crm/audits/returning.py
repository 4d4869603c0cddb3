"""What a claim has reserved goes back to the budget once nothing of it can be earned any more."""

from collections.abc import Sequence

import structlog
from sqlalchemy import ColumnElement, or_, select

from crm.access.session import unscoped
from crm.audits.photos.tables import Audit
from crm.kernel.db import Database, ReadSession, WriteSession, now_of
from crm.tasks.reserving import release
from crm.tasks.tables import Task, TaskClaim

_AT_ONCE_MAX = 200
_log = structlog.get_logger("shelfproof.audits")


def ended_claims(s: ReadSession, limit: int = _AT_ONCE_MAX) -> list[str]:
    """Claims that no longer hold, with a reservation, of whose displays none waits for a photo or a decision."""
    return list(s.scalars(select(TaskClaim.id).where(*_ended(s)).order_by(TaskClaim.id).limit(limit)))


def give_back(database: Database, claim_ids: Sequence[str]) -> int:
    """Return what is left of these claims' reservations, where that is still so; how much, in fen. Those on which
    another transaction works are left for the next time.

    Each in a transaction of its own. Two budgets in one would be locked in the order of the claims: of two workers at
    once each could wait for the other. Nor does a claim whose return fails hold up the others.
    """
    returned_fen = 0
    for claim_id in claim_ids:
        try:
            with database.write(unscoped("returns what ended claims of all brands had reserved")) as s:
                returned_fen += _give_back(s, claim_id)
        except Exception as error:
            _log.error("reservation_not_returned", claim=claim_id, error=type(error).__name__)
    return returned_fen


def _give_back(s: WriteSession, claim_id: str) -> int:
    both = select(TaskClaim, Task).join(Task, Task.id == TaskClaim.task_id).where(TaskClaim.id == claim_id, *_ended(s))
    locked = both.with_for_update(of=TaskClaim, key_share=True, skip_locked=True)
    return sum(release(s, task, claim) for claim, task in s.execute(locked).all())


def _ended(s: ReadSession) -> tuple[ColumnElement[bool], ...]:
    waits = select(Audit.id).where(Audit.claim_id == TaskClaim.id, Audit.state != "decided").exists()
    return (TaskClaim.reserves.is_(True), or_(TaskClaim.state != "active", TaskClaim.expires_at <= now_of(s)), ~waits)
