"""Does the journal hold together, and do the balances follow from it."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import func, select

from crm.db import ReadSession, WriteSession
from crm.ledger.rules import NEVER_NEGATIVE, Leg, body_sha256, reversed_legs
from crm.ledger.tables import Account, Entry, Posting


def check_ledger(s: ReadSession) -> list[str]:
    """All that is wrong with the ledger, one line each; empty when every invariant holds.

    Run it in one transaction: on PostgreSQL a posting between two of its queries would look like a fault.
    """
    return [*_check_entries(s), *_check_accounts(s)]


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
    legs: dict[str, tuple[Leg, ...]] = {}
    postings = s.execute(
        select(Posting.entry_id, Posting.account_id, Posting.amount_fen).order_by(Posting.entry_id)
    ).all()
    for entry_id, rows in groupby(postings, key=lambda row: row[0]):
        legs[entry_id] = tuple(sorted(Leg(account_id, amount) for _, account_id, amount in rows))
    for entry in s.scalars(select(Entry).order_by(Entry.id)):
        mine = legs.get(entry.id, ())
        total = sum(leg.amount_fen for leg in mine)
        if len(mine) < 2:
            yield f"entry {entry.id} ({entry.key}) has {len(mine)} postings"
        if total:
            yield f"entry {entry.id} ({entry.key}) sums to {total} fen"
        if body_sha256(entry.kind, entry.memo, mine, entry.reverses) != entry.body_sha256:
            yield f"entry {entry.id} ({entry.key}) is not what was posted: its hash differs"
        if entry.reverses is not None and mine != reversed_legs(legs.get(entry.reverses, ())):
            yield f"entry {entry.id} ({entry.key}) does not mirror the entry it reverses"


def _check_accounts(s: ReadSession) -> Iterator[str]:
    rows = s.execute(
        select(Posting.account_id, Posting.number, Posting.amount_fen, Posting.balance_fen).order_by(
            Posting.account_id, Posting.number
        )
    ).all()
    journal = {
        account_id: [(number, amount, after) for _, number, amount, after in group]
        for account_id, group in groupby(rows, key=lambda row: row[0])
    }
    for account in s.scalars(select(Account).order_by(Account.id)):
        running = 0
        for expected, (number, amount, after) in enumerate(journal.get(account.id, []), start=1):
            running += amount
            if number != expected or after != running:
                yield f"account {account.id}: posting {number} leaves {after} fen, the journal gives {running}"
                break
            if running < 0 and account.kind in NEVER_NEGATIVE:
                yield f"account {account.id}: this {account.kind} stood at {running} fen after posting {number}"
        total = sum(amount for _, amount, _ in journal.get(account.id, []))
        if account.balance_fen != total:
            yield f"account {account.id} says {account.balance_fen} fen, the journal gives {total}: rebuild balances"
