"""What is locked while an audit is decided, and in which order: its claim, itself, its brand."""

from sqlalchemy import select

from crm.audits.photos.tables import Audit
from crm.kernel.db import WriteSession
from crm.kernel.errors import NotFound
from crm.people.tables import Organisation
from crm.tasks.tables import Claim


def lock_audit(s: WriteSession, audit_id: str) -> Audit:
    """The audit, locked together with its claim, always in that order; NotFound."""
    claim_id = s.scalar(select(Audit.claim_id).where(Audit.id == audit_id))
    if claim_id is None:
        raise NotFound("this audit does not exist, or is not yours to see", "该检核不存在，或您无权查看")
    s.execute(select(Claim.id).where(Claim.id == claim_id).with_for_update(key_share=True))
    fresh = select(Audit).where(Audit.id == audit_id).with_for_update(key_share=True)
    return s.scalars(fresh.execution_options(populate_existing=True)).one()


def lock_brand(s: WriteSession, brand_id: str) -> None:
    """Decisions of a brand follow one another: so duplicates are found and numbers grow in the order of
    commit."""
    s.execute(select(Organisation.id).where(Organisation.id == brand_id).with_for_update(key_share=True))
