"""Audits whose photos do not all come: they are decided on those that they have."""

from datetime import datetime

from sqlalchemy import or_, select

from crm.access.scope import Scope
from crm.audits.photos.tables import Audit
from crm.kernel.db import ReadSession, WriteSession, is_over, now_of
from crm.tasks.tables import TaskClaim
from crm.visits import service as visits
from crm.visits.service import QUEUED_MAX
from crm.visits.tables import Visit


def check_in(
    s: WriteSession, scope: Scope, outlet_id: str, lat: float | None, lon: float | None, at: datetime | None = None
) -> Visit:
    """`crm.visits.service.check_in`, after which audits of visits that it ended do not wait for photos any more."""
    visit = visits.check_in(s, scope, outlet_id, lat, lon, at)
    _close_ended(s, scope)
    return visit


def check_out(s: WriteSession, scope: Scope, visit_id: str, at: datetime | None = None) -> Visit:
    """`crm.visits.service.check_out`, after which audits of the visit do not wait for photos any more."""
    visit = visits.check_out(s, scope, visit_id, at)
    _close_ended(s, scope)
    return visit


def _close_ended(s: WriteSession, scope: Scope) -> None:
    waiting = select(Audit.id).where(Audit.user_id == scope.user_id, Audit.state == "open")
    ended = waiting.join(Visit, Visit.id == Audit.visit_id).where(Visit.checked_out_at.is_not(None))
    close_audits(s, list(s.scalars(ended)))


def abandoned_audits(s: ReadSession, before: datetime, limit: int = 100) -> list[str]:
    """Audits that have waited since `before` for photos that can no longer come: the visit has ended, or the
    claim no longer holds."""
    now = now_of(s)
    over = or_(
        Visit.checked_out_at.is_not(None),
        ~Visit.created_at.between(now - QUEUED_MAX, now + QUEUED_MAX),
        TaskClaim.state != "active",
        TaskClaim.expires_at <= now,
    )
    waiting = select(Audit.id).join(Visit, Visit.id == Audit.visit_id).join(TaskClaim, TaskClaim.id == Audit.claim_id)
    waiting = waiting.where(Audit.state == "open", is_over(Audit.updated_at, before), over)
    return list(s.scalars(waiting.order_by(Audit.updated_at).limit(limit)))


def close_audits(s: WriteSession, audit_ids: list[str]) -> None:
    """Have these audits, where they still wait for photos, decided on those that they have."""
    for audit_id in sorted(audit_ids):
        audit = s.scalar(select(Audit).where(Audit.id == audit_id, Audit.state == "open").with_for_update())
        if audit is not None:
            audit.photos_expected, audit.state = audit.photos_received, "reading"
    s.flush()
