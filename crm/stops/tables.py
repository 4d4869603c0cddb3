"""Stops of automatic pay, and their openings; neither is ever changed or deleted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import Asker, Columns, either, of_brand, register, through
from crm.access.tables import OPERATOR_LENGTH
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id
from crm.kernel.triggers import append_only

TARGET_LENGTH = 120
REASON_CHARS_MAX = 200
_BY_SOMEBODY = "(user_id IS NULL) <> (operator IS NULL)"


class Stop(Base):
    """Who ended automatic pay of what, when and why; in force until it has an opening.

    `target`: a task's id, a SKU's code, a model version as 'detector:3', or the brand's id. Without `brand_id` a model
    version is stopped for all brands. `operator` is the account of the operating system that worked on the database
    itself; else `user_id` is who was signed in.
    """

    __tablename__ = "stop"
    __table_args__ = (
        CheckConstraint("kind IN ('task', 'sku', 'model', 'brand')", name="kind"),
        CheckConstraint("kind = 'model' OR brand_id IS NOT NULL", name="brand"),
        CheckConstraint(_BY_SOMEBODY, name="by"),
        Index(None, "brand_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(TARGET_LENGTH))
    brand_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(String(REASON_CHARS_MAX))
    user_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    operator: Mapped[str | None] = mapped_column(String(OPERATOR_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class StopOpening(Base):
    """The end of the stop that has the same `id`: who opened it again, when and why."""

    __tablename__ = "stop_opening"
    __table_args__ = (CheckConstraint(_BY_SOMEBODY, name="by"),)

    id: Mapped[str] = mapped_column(String(26), ForeignKey("stop.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(REASON_CHARS_MAX))
    user_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    operator: Mapped[str | None] = mapped_column(String(OPERATOR_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


append_only(Base.metadata.tables[Stop.__tablename__])
append_only(Base.metadata.tables[StopOpening.__tablename__])


def _of_all_brands(columns: Columns, _asker: Asker) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns.brand_id.is_(None)
    return condition


register(Stop, staff=either(of_brand, _of_all_brands), operator=_of_all_brands)
register(StopOpening, staff=through("id", "stop"), operator=through("id", "stop"))
