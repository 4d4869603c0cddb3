"""Displays that a newly enrolled SKU would have paid, what people ticked on them, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import of_brand, register
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id
from crm.kernel.triggers import append_only


class TrialDisplay(Base):
    """A display that went to a person and would have been paid on the name of an enrolled SKU; append-only.

    `trial`: of `crm.catalog.enrolling.trial_key`. `decision_no`: of its automatic decision, the order of trials.
    `amount_fen`: what would have been paid. `counts`: not so where this display was decided before in its period, or
    paid: nothing would have been paid then. `sampled`: the trial was open, and this was one in ten.
    """

    __tablename__ = "trial_display"
    __table_args__ = (Index(None, "brand_id", "trial", "decision_no"),)

    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    trial: Mapped[str] = mapped_column(String(64))
    decision_no: Mapped[int] = mapped_column(BigInteger)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[bool] = mapped_column()
    sampled: Mapped[bool] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class TrialTick(Base):
    """What a person ticked on the fronts of such a display; append-only, the last one of an audit holds.

    `fronts`: each front that was shown, with `photo_id`, `front` (its place among the photo's detections), `sku` and
    `is`: `it`, `sister` or ``. `is_right`: the ticked fronts alone bear the payment. `sisters`: codes on trial beside
    which the display shows another SKU of the same brand.
    """

    __tablename__ = "trial_tick"
    __table_args__ = (Index(None, "audit_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    fronts: Mapped[list[Any]] = mapped_column()
    is_right: Mapped[bool] = mapped_column()
    sisters: Mapped[list[Any]] = mapped_column()
    ticked_by: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class TrialChange(Base):
    """A trial that opened (its SKU pays without a person) or closed; append-only, the last one of a `trial` holds.

    `number` grows by one within a brand. `displays`, `wrong` and `with_sister` are the counts that led to it.
    """

    __tablename__ = "trial_change"
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    number: Mapped[int] = mapped_column()
    code: Mapped[str] = mapped_column(String(60))
    trial: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10))
    displays: Mapped[int] = mapped_column()
    wrong: Mapped[int] = mapped_column()
    with_sister: Mapped[int] = mapped_column()
    changed_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


for _table in (TrialDisplay, TrialTick, TrialChange):
    append_only(Base.metadata.tables[_table.__tablename__])

for _table in (TrialDisplay, TrialTick, TrialChange):
    register(_table, staff=of_brand)
