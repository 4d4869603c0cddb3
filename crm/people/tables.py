"""Organisations (brands and dealers), users, and the brands that they serve."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    and_,
    exists,
    false,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import Asker, Columns, both, either, of_brand, register, through
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id


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
    """A person who signs in, by `login` or by `phone`, for the brands of his memberships. `keys`: whether letters on
    the review page do anything. `dealer_id`: who employs a rep or sends somebody to look.

    `password_hash`: empty for one who was invited and has chosen none yet. `must_change_password`: somebody else knows
    the present one; nothing can be done before it is changed. `active`: False for an account that was closed.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('rep', 'dealer', 'outlet', 'auditor', 'manager', 'finance', 'data', 'operator', 'admin')",
            name="role",
        ),
        CheckConstraint("role NOT IN ('rep', 'dealer') OR dealer_id IS NOT NULL", name="dealer"),
        Index(None, "dealer_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    phone: Mapped[str | None] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(10))
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


class Membership(Base):
    """A user serves a brand, until `ended_at`; he acts for one of his brands at a time. `outlet_id`: of an outlet's
    owner, his outlet as this brand knows it."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("user_id", "brand_id"),
        ForeignKeyConstraint(["brand_id", "outlet_id"], ["outlet.brand_id", "outlet.id"]),
        Index(None, "brand_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    outlet_id: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None] = mapped_column()


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
    """A user who is signed in, from `begun_at` until `ends_at`; using it moves that, not beyond `latest_at`.
    `brand_id`: for which of his brands he acts."""

    __tablename__ = "sign_in_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "ends_at"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    begun_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column()
    latest_at: Mapped[datetime] = mapped_column()
    brand_id: Mapped[str | None] = mapped_column(String(26), ForeignKey("organisation.id"))


def _his_organisations(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """The dealer that sends him, and the brands that he serves: he may act for each."""
    at = Membership.__table__.alias()
    serves = select(literal(1)).select_from(at).where(at.c.brand_id == columns.id, at.c.user_id == asker.user)
    return or_(columns.id == asker.brand, columns.id == asker.dealer, exists(serves.where(at.c.ended_at.is_(None))))


def _dealers(columns: Columns, _asker: Asker) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns.kind == "dealer"
    return condition


def _himself(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns.id == asker.user
    return condition


def _serving(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    """Who serves the brand now."""
    at = Membership.__table__.alias()
    serves = select(literal(1)).select_from(at).where(at.c.user_id == columns.id, at.c.brand_id == asker.brand)
    return exists(serves.where(at.c.ended_at.is_(None)))


def _its_reps(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    return and_(columns.role == "rep", columns.dealer_id == asker.dealer)


def _his_own(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns.user_id == asker.user
    return condition


_ELSE = ("rep", "outlet", "operator")
register(
    Organisation, staff=either(_his_organisations, _dealers), dealer=_his_organisations,
    **dict.fromkeys(_ELSE, _his_organisations),
)  # fmt: skip
register(
    User, staff=either(_serving, _himself), dealer=either(both(_serving, _its_reps), _himself),
    **dict.fromkeys(_ELSE, _himself),
)  # fmt: skip
register(
    Membership, staff=either(of_brand, _his_own),
    dealer=either(both(of_brand, through("user_id", "user_account")), _his_own), **dict.fromkeys(_ELSE, _his_own),
)  # fmt: skip
register(Invitation)  # what lets somebody in is read before there is a caller
register(SignInTry)
register(SignInSession)
