"""What is locked while an audit is decided, and in which order: its claim, itself, its review item where there is one,
the displays of its outlet, the accounts. Decisions at two outlets wait for each other at one rep's wallet alone."""

from sqlalchemy import Select, select

from crm.audits.photos.tables import Audit
from crm.kernel.db import T, WriteSession
from crm.kernel.errors import NotFound
from crm.kernel.locks import lock
from crm.stops.order import decisions_of
from crm.tasks.tables import TaskClaim

_LOCKED = "claims locked"


def lock_audit(s: WriteSession, audit_id: str) -> Audit:
    """The audit, locked together with its claim, always in that order; NotFound."""
    of_audit = select(TaskClaim).join(Audit, Audit.claim_id == TaskClaim.id).where(Audit.id == audit_id)
    claim = s.scalar(_fresh(of_audit.with_for_update(of=TaskClaim, key_share=True)))
    if claim is None:
        raise NotFound("this audit does not exist, or is not yours to see", "该检核不存在，或您无权查看")
    s.info.setdefault(_LOCKED, {})[claim.id] = claim  # by itself a session forgets a row that nobody holds
    return s.scalars(_fresh(select(Audit).where(Audit.id == audit_id).with_for_update(key_share=True))).one()


def lock_displays(s: WriteSession, audit: Audit) -> None:
    """Decisions on the displays of an outlet, under one task and in one period, follow one another: so each sees what
    the others came to. Nor is a stop of the brand, or a tick of its trials, answered before this transaction ends."""
    displays = f"displays:{audit.task_id}:{audit.outlet_id}:{audit.period_key}"
    lock(s, shared=[decisions_of(audit.brand_id)], alone=[displays])


def _fresh(statement: Select[T]) -> Select[T]:
    return statement.execution_options(populate_existing=True)
