"""Products of a brand's catalogue, the gallery that its photos are matched against, and what was added to it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, LargeBinary, String, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.grants import granted
from crm.access.policy import Asker, Columns, both, of_brand, register
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id


class Catalogue(Base):
    """One per brand. `gallery` names the file `models/weights/gallery-<gallery>.npz`; `enrolled` is the number of the
    brand's last enrolment, `trials` that of the last change of `open_trials`, the trials of enrolled SKUs that pay
    without a person. The three numbers are the version of the brand's gallery."""

    __tablename__ = "catalogue"

    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"), primary_key=True)
    gallery: Mapped[str] = mapped_column(String(60))
    enrolled: Mapped[int] = mapped_column(default=0, server_default="0")
    trials: Mapped[int] = mapped_column(default=0, server_default="0")
    open_trials: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


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


class Enrolment(Base):
    """One enrolment of a SKU, never changed by a later one: the brand's gallery number n is the shipped one with the
    newest row up to n of each code.

    `pictures`: per reference picture its `sha256`, which is its key in the photo store, its `box` (x1 y1 x2 y2 in
    pixels), whether that is the `whole` picture, and whether it is `counted`. `warnings` as
    pipeline.enrol.enrolment gives them. `embedding`: float32 (d,), made by the version `embedder`; made anew where
    another one serves. `trial`: which trial it stands in, see `crm.catalog.enrolling.trial_key`.
    `enrolled_by`: None on the command line.
    """

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("brand_id", "number"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    number: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(60))
    own: Mapped[bool] = mapped_column()
    pictures: Mapped[list[Any]] = mapped_column()
    warnings: Mapped[list[Any]] = mapped_column()
    embedding: Mapped[bytes] = mapped_column(LargeBinary)
    embedder: Mapped[str] = mapped_column(String(40))
    enrolled_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    trial: Mapped[str] = mapped_column(String(64))


def _launched(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    return or_(columns.launched_on.is_(None), columns.launched_on <= asker.today)


register(Catalogue, rep=of_brand, dealer=of_brand, staff=of_brand)
register(Product, rep=both(of_brand, _launched), dealer=both(granted("products"), _launched), staff=of_brand)
register(Enrolment, staff=of_brand)
