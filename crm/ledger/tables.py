"""Accounts, entries and postings. Entries and postings are never changed: see triggers.py."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ColumnElement, ForeignKey, String, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import Asker, Columns, Rule, both, either, register, through
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id
from crm.kernel.triggers import append_only
from crm.ledger.legs import KEY_LENGTH_MAX, KIND_LENGTH_MAX, MEMO_LENGTH_MAX


class Account(Base):
    """Money of one owner for one purpose. `balance_fen` and `postings` project the journal; both are written
    in the transaction that posts, under a lock of this row, and can be rebuilt."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("kind", "owner_id"),
        CheckConstraint("kind IN ('budget', 'reserved', 'wallet', 'funding', 'payable')", name="kind"),
        # The service refuses an overdraft with a reason; this is what holds when the service is wrong.
        CheckConstraint("balance_fen >= 0 OR kind NOT IN ('budget', 'reserved', 'wallet')", name="not_overdrawn"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))
    owner_id: Mapped[str] = mapped_column(String(80))
    balance_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    postings: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Entry(Base):
    """One event of money. `key` is derived from the row that caused it; `reverses` names the entry it undoes."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("key"), UniqueConstraint("reverses"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH_MAX))
    body_sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(KIND_LENGTH_MAX))
    memo: Mapped[str] = mapped_column(String(MEMO_LENGTH_MAX), default="")
    reverses: Mapped[str | None] = mapped_column(String(26), ForeignKey("ledger_entry.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Posting(Base):
    """One account's part of an entry. `number` counts the postings of the account from 1 without gaps, in the
    order in which they took effect; `balance_fen` is the account's balance after it."""

    __tablename__ = "ledger_posting"
    __table_args__ = (
        UniqueConstraint("entry_id", "account_id"),
        UniqueConstraint("account_id", "number"),
        CheckConstraint("amount_fen <> 0", name="amount"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    entry_id: Mapped[str] = mapped_column(String(26), ForeignKey("ledger_entry.id"))
    account_id: Mapped[str] = mapped_column(String(26), ForeignKey("ledger_account.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int] = mapped_column(BigInteger)
    balance_fen: Mapped[int] = mapped_column(BigInteger)


class LedgerCheck(Base):
    """What the check of a business day found: `faults` is the number of its findings."""

    __tablename__ = "ledger_check"

    day: Mapped[date] = mapped_column(primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(default=utcnow)
    faults: Mapped[int] = mapped_column()


append_only(Base.metadata.tables[Entry.__tablename__])
append_only(Base.metadata.tables[Posting.__tablename__])
append_only(Base.metadata.tables[Account.__tablename__], "balance_fen", "postings")
append_only(Base.metadata.tables[LedgerCheck.__tablename__])


def _his_wallet(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    return and_(columns.kind == "wallet", columns.owner_id == asker.user)


def _of_his_brand(columns: Columns, asker: Asker) -> ColumnElement[bool]:
    return and_(columns.kind.in_(("funding", "payable")), columns.owner_id == asker.brand)


def _of(kind: str, owner: str) -> Rule:
    """Accounts of a kind whose owner, a row of the table `owner`, he reaches."""
    return both(lambda columns, _: columns.kind == kind, through("owner_id", owner))


register(
    Account,
    rep=_his_wallet,
    staff=either(
        _his_wallet, _of_his_brand, _of("budget", "task"), _of("reserved", "claim"), _of("wallet", "user_account")
    ),
)
register(Posting, rep=through("account_id", "ledger_account"), staff=through("account_id", "ledger_account"))
_moved = through("id", "ledger_posting", "entry_id")  # an entry with a posting on an account that he reaches
register(Entry, rep=_moved, staff=_moved)
register(LedgerCheck)
