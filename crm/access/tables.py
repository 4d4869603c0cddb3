"""Grants of a brand to a dealer, and the trail."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import Asker, Columns, both, of_brand, of_dealer, register, through
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id
from crm.kernel.triggers import append_only

OPERATOR_LENGTH, WHY_LENGTH = 60, 500


class DataGrant(Base):
    """What a brand shows a dealer: rows of one kind (`crm.access.grants.KINDS`), narrowed by its values, from the
    business day `starts_on` to `ends_on` (None: without end), until `ended_at`. Only that ever changes."""

    __tablename__ = "data_grant"
    __table_args__ = (
        CheckConstraint("kind IN ('outlets', 'products', 'tasks', 'visits', 'audits')", name="kind"),
        CheckConstraint("starts_on <= ends_on", name="days"),
        Index(None, "brand_id", "dealer_id", "kind", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    dealer_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date] = mapped_column()
    ends_on: Mapped[date | None] = mapped_column()
    given_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column()


class DataGrantValue(Base):
    """A value that a column of the granted rows may have; of a column that a grant does not name each may stand."""

    __tablename__ = "data_grant_value"

    grant_id: Mapped[str] = mapped_column(String(26), ForeignKey("data_grant.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(60), primary_key=True)


class Trail(Base):
    """Who did what, never changed afterwards: read `count` rows of a kind across a party's border, or changed
    something.

    `action`: read; else what was done: created, changed, published, posted, … `kind`: of data read, or user, rule,
    money, grant, price. `brand_id`, `dealer_id`: whose it is. `subject_id`: the one row. `fields`: names of what
    changed, no values. `by_user_id` did it; or `operator`: who worked on the database itself, or the service by itself.
    """

    __tablename__ = "trail"
    __table_args__ = (
        CheckConstraint("(by_user_id IS NULL) <> (operator IS NULL)", name="by"),
        Index(None, "brand_id", "id"),
        Index(None, "dealer_id", "id"),
        Index(None, "subject_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    action: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(30))
    brand_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))
    dealer_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))
    subject_id: Mapped[str | None] = mapped_column(String(26))
    count: Mapped[int] = mapped_column(default=1)
    fields: Mapped[list[Any]] = mapped_column(default=list)
    why: Mapped[str] = mapped_column(String(WHY_LENGTH), default="")
    by_user_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    operator: Mapped[str | None] = mapped_column(String(OPERATOR_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


append_only(Base.metadata.tables[DataGrant.__tablename__], "ended_at")
append_only(Base.metadata.tables[DataGrantValue.__tablename__])
append_only(Base.metadata.tables[Trail.__tablename__])


def _read_of_it(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """Who read and changed what is the dealer's own, for the brand that it looks for, or for none."""
    return and_(columns.dealer_id == asker.dealer, or_(columns.brand_id == asker.brand, columns.brand_id.is_(None)))


register(DataGrant, staff=of_brand, dealer=both(of_brand, of_dealer))
register(DataGrantValue, staff=through("grant_id", "data_grant"), dealer=through("grant_id", "data_grant"))
register(Trail, manager=of_brand, dealer=_read_of_it)
