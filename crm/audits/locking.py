"""What is locked while an audit is decided, and in which order: its claim, itself, its review item where there is one,
the displays of its outlet, the accounts. Decisions at two outlets wait for each other at one rep's wallet alone."""

from sqlalchemy import select

from crm.audits.photos.tables import Audit
from crm.kernel.db import WriteSession
from crm.kernel.errors import NotFound
from crm.kernel.locks import hold
from crm.stops.order import join_decisions
from crm.tasks.tables import TaskClaim


def lock_audit(s: WriteSession, audit_id: str) -> Audit:
    """The audit, locked together with its claim, always in that order; NotFound."""
    claim_id = s.scalar(select(Audit.claim_id).where(Audit.id == audit_id))
    if claim_id is None:
        raise NotFound("this audit does not exist, or is not yours to see", "该检核不存在，或您无权查看")
    s.execute(select(TaskClaim.id).where(TaskClaim.id == claim_id).with_for_update(key_share=True))
    fresh = select(Audit).where(Audit.id == audit_id).with_for_update(key_share=True)
    return s.scalars(fresh.execution_options(populate_existing=True)).one()


def lock_displays(s: WriteSession, audit: Audit) -> None:
    """Decisions on the displays of an outlet, under one task and in one period, follow one another: so each sees what
    the others came to. Nor is a stop of the brand, or a tick of its trials, answered before this transaction ends."""
    join_decisions(s, audit.brand_id)
    hold(s, f"displays:{audit.task_id}:{audit.outlet_id}:{audit.period_key}")
