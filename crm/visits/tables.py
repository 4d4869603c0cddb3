"""Visits."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.grants import granted
from crm.access.policy import of_brand, own, register
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id

_OPEN = text("checked_out_at IS NULL")


class Visit(Base):
    """A rep at an outlet, from check-in to check-out. Position in degrees and distance from the outlet in
    metres, of the check-in; None where the device gave no location."""

    __tablename__ = "visit"
    __table_args__ = (
        # What he sees there is one visit, however often the phone says that he came.
        Index("uq_visit_open", "user_id", "outlet_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "user_id", "id"),
        Index(None, "brand_id", "id"),
        Index(None, "outlet_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    outlet_id: Mapped[str] = mapped_column(String(26), ForeignKey("outlet.id"))
    checked_in_at: Mapped[datetime] = mapped_column()
    in_lat: Mapped[float | None] = mapped_column()
    in_lon: Mapped[float | None] = mapped_column()
    in_distance_m: Mapped[float | None] = mapped_column()
    checked_out_at: Mapped[datetime | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


register(Visit, rep=own, dealer=granted("visits"), staff=of_brand)
