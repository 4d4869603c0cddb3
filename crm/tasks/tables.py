"""Display tasks, their published versions, and claims."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, false, select, text
from sqlalchemy.orm import Mapped, column_property, mapped_column

from crm.access.grants import granted
from crm.access.policy import Asker, Columns, both, of_brand, own, register, through
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id

_ACTIVE = text("state = 'active'")
_RESERVES = text("reserves")


class Task(Base):
    """What a brand asks for at its outlets and pays from one budget; its rules stand in the versions.

    `period` says how often one display of one outlet earns: once, or once a day, week or month (business
    time). `budget_account_id` is the ledger account that pays.
    """

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("brand_id", "code"),
        CheckConstraint("period IN ('once', 'day', 'week', 'month')", name="period"),
        CheckConstraint("state IN ('draft', 'open', 'closed')", name="state"),
        CheckConstraint("starts_at < ends_at", name="dates"),
        CheckConstraint("claim_hours BETWEEN 1 AND 2400", name="claim_hours"),
        Index(None, "brand_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    description: Mapped[str] = mapped_column(String(1000), default="")
    description_zh: Mapped[str] = mapped_column(String(1000), default="")
    period: Mapped[str] = mapped_column(String(10), default="month")
    starts_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    claim_hours: Mapped[int] = mapped_column(default=72)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    budget_account_id: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class TaskVersion(Base):
    """The rules of a task as published; never changed. `rules` is pipeline.rules.clauses.TaskRules.as_dict();
    `displays_max` (1 to 20) says how many displays of one outlet may be rewarded in one period."""

    __tablename__ = "task_version"
    __table_args__ = (
        UniqueConstraint("task_id", "number"),
        CheckConstraint("displays_max BETWEEN 1 AND 20", name="displays_max"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(String(26), ForeignKey("task.id"))
    number: Mapped[int] = mapped_column()
    rules: Mapped[dict[str, Any]] = mapped_column()
    published_at: Mapped[datetime] = mapped_column(default=utcnow)
    published_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    displays_max: Mapped[int] = mapped_column(default=1, server_default="1")


class TaskClaim(Base):
    """A rep's right to do a task at an outlet until `expires_at`, under the version that he saw when he
    took it; `displays_max` is that version's. `reserves`: the most that it can earn was reserved, and what is left of
    that has not gone back to the budget (`crm.tasks.reserving`)."""

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'released', 'expired', 'done')", name="state"),
        # One rep at a time works on a task at an outlet.
        Index(
            "uq_claim_active",
            "task_id",
            "outlet_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index(None, "user_id", "id"),
        Index(None, "brand_id", "id"),
        Index("ix_claim_reserves", "task_id", "id", sqlite_where=_RESERVES, postgresql_where=_RESERVES),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    task_id: Mapped[str] = mapped_column(String(26), ForeignKey("task.id"))
    task_version_id: Mapped[str] = mapped_column(String(26), ForeignKey("task_version.id"))
    outlet_id: Mapped[str] = mapped_column(String(26), ForeignKey("outlet.id"))
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(10), default="active")
    claimed_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column()
    reserves: Mapped[bool] = mapped_column(default=False, server_default=false())
    displays_max: Mapped[int] = column_property(
        select(TaskVersion.displays_max)
        .where(TaskVersion.id == task_version_id)
        .correlate_except(TaskVersion)
        .scalar_subquery()
    )


def _published(columns: Columns, _asker: Asker) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns.state != "draft"
    return condition


register(Task, rep=both(of_brand, _published), dealer=both(granted("tasks"), _published), staff=of_brand)
_of_task = through("task_id", "task")
register(TaskVersion, rep=_of_task, dealer=_of_task, staff=_of_task)
register(TaskClaim, rep=own, staff=of_brand)
