"""Products of a brand's catalogue, and the gallery that its photos are matched against."""

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id


class Catalogue(Base):
    """One per brand. `gallery` names the file `models/weights/gallery-<gallery>.npz`."""

    __tablename__ = "catalogue"

    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"), primary_key=True)
    gallery: Mapped[str] = mapped_column(String(60))


class Product(Base):
    """A SKU in the catalogue of `brand_id`; `brand` is the brand on its label, `own` says whether that is
    theirs.

    It counts as new from `launched_on` to `new_until`, both days included.
    """

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("brand_id", "code"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    brand: Mapped[str] = mapped_column(String(60), default="")
    pack: Mapped[str] = mapped_column(String(20), default="")
    own: Mapped[bool] = mapped_column()
    launched_on: Mapped[date | None] = mapped_column()
    new_until: Mapped[date | None] = mapped_column()
