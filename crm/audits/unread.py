"""What has not been read or decided yet, and which photos have no sound file."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from crm.audits.photos.tables import Audit, Photo
from crm.kernel.db import ReadSession, is_over


def unsettled_audits(s: ReadSession, before: datetime, after: str = "", limit: int = 100) -> list[str]:
    """Audits that have not moved since `before`, whose photos are all read and that nobody has decided, in the order of
    their ids, above `after`."""
    unread = select(Photo.id).where(Photo.audit_id == Audit.id, Photo.state == "received").exists()
    stuck = (Audit.state == "reading", is_over(Audit.updated_at, before), Audit.id > after, ~unread)
    return list(s.scalars(select(Audit.id).where(*stuck).order_by(Audit.id).limit(limit)))


def waiting_photos(s: ReadSession, before: datetime, after: str = "", limit: int = 100) -> list[str]:
    """Photos that were received before a time and are not read yet, though nobody has decided without, in the order of
    their ids, above `after`."""
    undecided = select(Audit.id).where(Audit.id == Photo.audit_id, Audit.state != "decided").exists()
    waiting = (Photo.state == "received", undecided, is_over(Photo.received_at, before), Photo.id > after)
    return list(s.scalars(select(Photo.id).where(*waiting).order_by(Photo.id).limit(limit)))


def queue_length(s: ReadSession) -> int:
    """How many photos are not read yet, but for those without a file."""
    return _count_unread(s, Audit.state.in_(("open", "reading")))


def lost_photos(s: ReadSession) -> int:
    """How many photos have no sound file in the store, and wait for it or for a person."""
    return _count_unread(s, Audit.state == "in_review")


def _count_unread(s: ReadSession, of: ColumnElement[bool]) -> int:
    unread = select(func.count()).select_from(Photo).join(Audit, Audit.id == Photo.audit_id)
    return s.scalar(unread.where(Photo.state == "received", of)) or 0
