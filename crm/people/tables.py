"""Organisations (brands and dealers) and users."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db import Base, new_id, utcnow


class Organisation(Base):
    """A brand, who sets tasks and pays, or a dealer, who employs reps and serves outlets."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("kind IN ('brand', 'dealer')", name="kind"),
        Index(None, "kind", "name"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class User(Base):
    """A person who signs in, by `login` or by `phone`. `keys`: whether letters on the review page do anything."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("role IN ('rep', 'auditor', 'manager', 'admin')", name="role"),
        CheckConstraint("role = 'admin' OR brand_id IS NOT NULL", name="brand"),
        CheckConstraint("role <> 'rep' OR dealer_id IS NOT NULL", name="dealer"),
        Index(None, "brand_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(10))
    brand_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))
    dealer_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    keys: Mapped[bool] = mapped_column(default=True)


class SignInFailure(Base):
    """Failed sign-ins by login (SHA-256 of it), also of logins that nobody has, so that a lock tells
    nothing."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "last_at"),)

    login_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column()
    last_at: Mapped[datetime] = mapped_column()
