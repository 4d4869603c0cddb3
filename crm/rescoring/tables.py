"""Rescorings, and what they found. They touch no reading, decision or posting."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import of_brand, register
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id


class Rescore(Base):
    """The order to look for SKU `code` on the photos of a brand received from `since` and before `until`, with the
    brand's gallery of number `enrolled`. state: running → done. `photos`: how many there are."""

    __tablename__ = "rescore"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done')", name="state"),
        Index(None, "brand_id", "id"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(60))
    enrolled: Mapped[int] = mapped_column()
    since: Mapped[datetime] = mapped_column()
    until: Mapped[datetime] = mapped_column()
    photos: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(String(10), default="running")
    ordered_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class RescoredPhoto(Base):
    """A photo read again for a SKU with a gallery, written once: its fronts of the SKU as an interval.

    `reading`: PhotoReading.as_dict() of pipeline.read where the SKU stands in the best estimate, else empty. `fault`:
    why it could not be read again.
    """

    __tablename__ = "rescored_photo"
    __table_args__ = (Index(None, "brand_id", "code", "enrolled", "photo_id"),)

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    enrolled: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    low: Mapped[int] = mapped_column()
    best: Mapped[int] = mapped_column()
    high: Mapped[int] = mapped_column()
    reading: Mapped[dict[str, Any]] = mapped_column()
    fault: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


register(Rescore, staff=of_brand)
register(RescoredPhoto, staff=of_brand)
