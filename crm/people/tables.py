"""Organisations (brands and dealers) and users."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id
from crm.kernel.triggers import append_only

OPERATOR_LENGTH = 60


class Organisation(Base):
    """A brand, who sets tasks and pays, or a dealer, who employs reps and serves outlets. No two of a kind share a
    name."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("kind IN ('brand', 'dealer')", name="kind"),
        Index(None, "kind", "name", unique=True),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class User(Base):
    """A person who signs in, by `login` or by `phone`. `keys`: whether letters on the review page do anything.

    `password_hash`: empty for one who was invited and has chosen none yet. `must_change_password`: somebody else knows
    the present one; nothing can be done before it is changed. `active`: False for an account that was closed.
    """

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
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def is_invited(self) -> bool:
        """Whether a password was never chosen."""
        return not self.password_hash


class Invitation(Base):
    """A one-time link with which a person chooses a password. `token_sha256`: of the token, which is stored nowhere."""

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "user_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column()
    used_at: Mapped[datetime | None] = mapped_column()


class AccountEvent(Base):
    """Something that was done to an account, never changed afterwards. `kind`: created, invited, changed, closed,
    reopened, password. `fields`: names of what changed, no values. `brand_id`: of the account, then.

    `by_user_id` did it; or `operator`, the account of the operating system that worked on the database itself.
    """

    __tablename__ = "account_event"
    __table_args__ = (
        CheckConstraint("(by_user_id IS NULL) <> (operator IS NULL)", name="by"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    brand_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(10))
    fields: Mapped[list[Any]] = mapped_column(default=list)
    by_user_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    operator: Mapped[str | None] = mapped_column(String(OPERATOR_LENGTH))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class SignInTry(Base):
    """A bucket of wrong tries (`crm.people.tries`), of names that nobody has too. `key`: a digest of what is counted.

    `empty_at`: when all are forgotten. `wait_until`: the next may come then. `known_until`: of a name at an address
    from which it signed in before.
    """

    __tablename__ = "sign_in_try"
    __table_args__ = (Index(None, "empty_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    empty_at: Mapped[datetime] = mapped_column()
    wait_until: Mapped[datetime] = mapped_column()
    known_until: Mapped[datetime | None] = mapped_column()


class SignInSession(Base):
    """A user who is signed in, from `begun_at` until `ends_at`; using it moves that, not beyond `latest_at`."""

    __tablename__ = "sign_in_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "ends_at"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    begun_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    latest_at: Mapped[datetime] = mapped_column()


append_only(Base.metadata.tables[AccountEvent.__tablename__])
