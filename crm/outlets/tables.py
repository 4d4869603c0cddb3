"""Outlets."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.grants import granted
from crm.access.policy import both, of_brand, of_dealer, register
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id


class Outlet(Base):
    """A shop as one brand knows it, served by one dealer. Latitude and longitude in degrees, WGS 84."""

    __tablename__ = "outlet"
    __table_args__ = (
        UniqueConstraint("brand_id", "code"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180", name="position"),
        Index(None, "brand_id", "id", unique=True),  # what refers to an outlet of a brand refers to both
        Index(None, "brand_id", "dealer_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    dealer_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    lat: Mapped[float] = mapped_column()
    lon: Mapped[float] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


register(Outlet, rep=both(of_brand, of_dealer), dealer=granted("outlets"), staff=of_brand)
