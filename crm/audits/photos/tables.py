"""Audits of displays and their photos as they were received. An audit's row is made by its first photo; what is read,
decided and reviewed stands in `crm.audits.tables`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.grants import granted
from crm.access.policy import of_brand, own, register, through
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id

_UNDRAWN = text("annotated_key IS NULL AND undrawn_at IS NULL")


class Audit(Base):
    """One display at one outlet under one task version: open (photos are missing) → reading → decided, or
    in_review → decided. `display` is its number among the displays of the outlet, from 1; `period_key` is the
    reward period in which the visit's check-in lies by the phone's clock; `crm.audits.periods` says when a person
    confirms it."""

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'reading', 'in_review', 'decided')", name="state"),
        CheckConstraint("photos_expected BETWEEN 1 AND 6", name="photos_expected"),
        CheckConstraint("photos_received BETWEEN 0 AND photos_expected", name="photos_received"),
        Index(None, "user_id", "id"),
        Index(None, "brand_id", "id"),
        Index(None, "claim_id", "display"),
        Index(None, "task_id", "outlet_id", "period_key"),
        Index(None, "state", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    visit_id: Mapped[str] = mapped_column(String(26), ForeignKey("visit.id"))
    claim_id: Mapped[str] = mapped_column(String(26), ForeignKey("claim.id"))
    task_id: Mapped[str] = mapped_column(String(26), ForeignKey("task.id"))
    task_version_id: Mapped[str] = mapped_column(String(26), ForeignKey("task_version.id"))
    outlet_id: Mapped[str] = mapped_column(String(26), ForeignKey("outlet.id"))
    display: Mapped[str] = mapped_column(String(20))
    period_key: Mapped[str] = mapped_column(String(20))
    photos_expected: Mapped[int] = mapped_column()
    photos_received: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)


class Photo(Base):
    """An uploaded photo. `sha256` (hex) is the key of the received bytes in the photo store.

    state: received → read, or unreadable. Width and height in pixels as received (after EXIF rotation);
    taken_at and position from EXIF, where it has them; `perceptual_hash` 32 bytes, once read. `undrawn_at`: since when
    drawing the pictures that it lacks is given up.
    """

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        CheckConstraint("state IN ('received', 'read', 'unreadable')", name="state"),
        Index(None, "user_id", "id"),
        Index(None, "audit_id", "id"),
        Index(None, "brand_id", "sha256", "id"),
        Index(None, "brand_id", "id"),
        Index(None, "state", "id"),
        Index("ix_photo_undrawn", "id", sqlite_where=_UNDRAWN, postgresql_where=_UNDRAWN),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    idempotency_key: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column()
    mime: Mapped[str] = mapped_column(String(20))
    width: Mapped[int] = mapped_column()
    height: Mapped[int] = mapped_column()
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    taken_at: Mapped[datetime | None] = mapped_column()
    lat: Mapped[float | None] = mapped_column()
    lon: Mapped[float | None] = mapped_column()
    state: Mapped[str] = mapped_column(String(10), default="received")
    perceptual_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    picture_key: Mapped[str | None] = mapped_column(String(64))
    annotated_key: Mapped[str | None] = mapped_column(String(64))
    undrawn_at: Mapped[datetime | None] = mapped_column()


register(Audit, rep=own, dealer=granted("audits"), staff=of_brand)
register(Photo, rep=own, dealer=through("audit_id", "audit"), staff=of_brand)
