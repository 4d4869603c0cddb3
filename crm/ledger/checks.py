"""Does the journal hold together, and do the balances follow from it."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, Ts, WriteSession
from crm.ledger.legs import NEVER_NEGATIVE, Leg, body_sha256, reversed_legs
from crm.ledger.tables import Account, Entry, LedgerCheck, Posting

_AT_ONCE = 1000  # rows that are held in memory


def check_ledger(s: ReadSession) -> list[str]:
    """All that is wrong with the ledger, one line each; empty when every invariant holds.

    In one `Database.read()`, which sees one state of the ledger, however much is posted meanwhile.
    """
    return [*_check_entries(s), *_check_reversals(s), *_check_postings(s), *_check_accounts(s)]


def record_check(s: WriteSession, day: date, faults: int) -> None:
    """Keep what the check of a business day found; a second one of the same day changes nothing."""
    if s.get(LedgerCheck, day) is None:
        s.add(LedgerCheck(day=day, faults=faults))
        s.flush()


def latest_check(s: ReadSession) -> LedgerCheck | None:
    """The last daily check, if there was any; one of a day still to come, of before a clock was put right, is none."""
    past = select(LedgerCheck).where(LedgerCheck.day <= business_day(utcnow()))
    return s.scalar(past.order_by(LedgerCheck.day.desc()).limit(1))


def rebuild_balances(s: WriteSession) -> int:
    """Take every account's balance and number of postings anew from the journal; how many were wrong."""
    accounts = s.scalars(select(Account).order_by(Account.id).with_for_update()).all()  # nobody posts from here on
    sums = {
        account_id: (int(total), int(count))
        for account_id, total, count in s.execute(
            select(Posting.account_id, func.sum(Posting.amount_fen), func.count()).group_by(Posting.account_id)
        )
    }
    wrong = 0
    for account in accounts:
        total, count = sums.get(account.id, (0, 0))
        if (account.balance_fen, account.postings) != (total, count):
            account.balance_fen, account.postings = total, count
            wrong += 1
    s.flush()
    return wrong


def _check_entries(s: ReadSession) -> Iterator[str]:
    wanted = select(Entry, Posting.account_id, Posting.amount_fen).outerjoin(Posting, Posting.entry_id == Entry.id)
    for entry, rows in groupby(s.execute(_streamed(wanted.order_by(Entry.id))), key=lambda row: row[0]):
        mine = _legs((account_id, amount) for _, account_id, amount in rows)
        total = sum(leg.amount_fen for leg in mine)
        if len(mine) < 2:
            yield f"entry {entry.id} ({entry.key}) has {len(mine)} postings"
        if total:
            yield f"entry {entry.id} ({entry.key}) sums to {total} fen"
        if body_sha256(entry.kind, entry.memo, mine, entry.reverses) != entry.body_sha256:
            yield f"entry {entry.id} ({entry.key}) is not what was posted: its hash differs"


def _check_reversals(s: ReadSession) -> Iterator[str]:
    first, second = aliased(Posting), aliased(Posting)
    wanted = (
        select(Entry.id, Entry.key, second.account_id, second.amount_fen, first.account_id, first.amount_fen)
        .where(Entry.reverses.is_not(None))
        .outerjoin(second, second.entry_id == Entry.id)
        .outerjoin(first, first.entry_id == Entry.reverses)  # each posting beside each of the other's: both have few
        .order_by(Entry.id)
    )
    for (entry_id, key), rows in groupby(s.execute(_streamed(wanted)), key=lambda row: (row[0], row[1])):
        pairs = list(rows)
        mine, undone = _legs({(row[2], row[3]) for row in pairs}), _legs({(row[4], row[5]) for row in pairs})
        if mine != reversed_legs(undone):
            yield f"entry {entry_id} ({key}) does not mirror the entry it reverses"


def _check_postings(s: ReadSession) -> Iterator[str]:
    """A database that was written to without its foreign keys may hold postings of nothing."""
    for table, column in ((Entry, Posting.entry_id), (Account, Posting.account_id)):
        known = select(table.id).where(table.id == column).exists()
        for posting_id in s.scalars(_streamed(select(Posting.id).where(~known).order_by(Posting.id))):
            yield f"posting {posting_id} names no {table.__name__.lower()} that there is"


def _check_accounts(s: ReadSession) -> Iterator[str]:
    wanted = (
        select(Account, Posting.number, Posting.amount_fen, Posting.balance_fen)
        .outerjoin(Posting, Posting.account_id == Account.id)
        .order_by(Account.id, Posting.number)
    )
    for account, rows in groupby(s.execute(_streamed(wanted)), key=lambda row: row[0]):
        running, count, sound = 0, 0, True
        for _, number, amount, after in rows:
            if number is None:  # an account without postings
                break
            running, count = running + amount, count + 1
            if sound and (number != count or after != running):
                yield f"account {account.id}: posting {number} leaves {after} fen, the journal gives {running}"
                sound = False
            elif sound and running < 0 and account.kind in NEVER_NEGATIVE:
                yield f"account {account.id}: this {account.kind} stood at {running} fen after posting {number}"
        if account.balance_fen != running:
            yield f"account {account.id} says {account.balance_fen} fen, the journal gives {running}: rebuild balances"
        if account.postings != count:
            yield f"account {account.id} counts {account.postings} postings, the journal {count}: rebuild balances"


def _legs(rows: Iterable[tuple[str | None, int]]) -> tuple[Leg, ...]:
    """The legs in the order of their accounts; none for an entry without postings, which an outer join gives as one."""
    return tuple(sorted(Leg(account_id, amount) for account_id, amount in rows if account_id is not None))


def _streamed(statement: Select[*Ts]) -> Select[*Ts]:
    return statement.execution_options(yield_per=_AT_ONCE)
