"""Post, reverse, and read the ledger. All in the caller's transaction: an entry stands or falls with it.

Order of locks: the accounts of an entry are locked by ascending id before anything is read from them, so that
two entries never wait for each other in a ring. On SQLite the writing transaction holds the only lock there is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from crm.access import trail
from crm.access.session import unscoped
from crm.access.trail import By
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Invalid, NotFound
from crm.kernel.ids import new_id
from crm.kernel.paging import Page, checked_limit, page_of
from crm.ledger.errors import KeyConflict, Overdrawn
from crm.ledger.legs import KINDS, NEVER_NEGATIVE, AccountKind, Leg, balanced, body_sha256, check_texts, reversed_legs
from crm.ledger.tables import Account, Entry, Posting
from pipeline.numbers import whole_of

R = TypeVar("R", Account, Entry)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One posting as its owner reads it; amounts in fen, `balance_fen` after it."""

    number: int
    amount_fen: int
    balance_fen: int
    entry_id: str
    key: str
    kind: str
    memo: str
    reverses: str | None
    created_at: datetime


def open_account(s: WriteSession, kind: AccountKind, owner_id: str) -> Account:
    """The account of `owner_id` of this kind, made with balance 0 when there is none. Invalid for another kind."""
    if kind not in KINDS:
        raise Invalid(
            "kind",
            f"{kind!r} is no kind of account: give one of {', '.join(KINDS)}",
            f"{kind!r} 不是账户类型：请填写 {'、'.join(KINDS)} 之一",
        )
    with unscoped("accounts are opened for whom they will be").of(s):
        return _opened(s, kind, owner_id)


def _opened(s: WriteSession, kind: AccountKind, owner_id: str) -> Account:
    known = find_account(s, kind, owner_id)
    if known is not None:
        return known
    values = {
        "id": new_id(),
        "kind": kind,
        "owner_id": owner_id,
        "balance_fen": 0,
        "postings": 0,
        "created_at": utcnow(),
    }
    # Another may have opened it meanwhile: then his stands.
    made = _insert_once(s, Account, values) or find_account(s, kind, owner_id)
    assert made is not None
    return made


def find_account(s: ReadSession, kind: AccountKind, owner_id: str) -> Account | None:
    """The account of `owner_id` of this kind, if it was opened."""
    return s.scalar(select(Account).where(Account.kind == kind, Account.owner_id == owner_id))


def balance(s: ReadSession, account_id: str) -> int:
    """The balance in fen; NotFound."""
    found = s.scalar(select(Account.balance_fen).where(Account.id == account_id))
    if found is None:
        raise NotFound("there is no such account", "没有此账户")
    return int(found)


def balances(s: ReadSession, account_ids: Collection[str]) -> dict[str, int]:
    """The balances in fen of these accounts, by id; an account that does not exist is left out."""
    rows = s.execute(select(Account.id, Account.balance_fen).where(Account.id.in_(account_ids)))
    return {account_id: int(balance_fen) for account_id, balance_fen in rows}


def post(
    s: WriteSession,
    key: str,
    kind: str,
    postings: Mapping[str, int],
    memo: str = "",
    *,
    by: By | None = None,
    brand_id: str | None = None,
) -> Entry:
    """Move money: `postings` gives each account's amount in fen, which sum to zero. The trail keeps who did (`by`,
    None: the service by itself), and whose money it was.

    The same key with the same body (kind, postings, memo) posts nothing and returns the first entry; with
    another body it is a KeyConflict. Overdrawn when a budget, a reservation or a wallet would go below zero; Invalid
    for postings that are no entry; NotFound for an account that was not opened.
    """
    with unscoped("an entry has accounts of several owners").of(s):
        return _post(s, key, kind, balanced(Leg(*each) for each in postings.items()), memo, None, (by, brand_id))


def reverse(
    s: WriteSession,
    entry_id: str,
    key: str,
    memo: str = "",
    *,
    by: By | None = None,
    brand_id: str | None = None,
) -> Entry:
    """Undo an entry by its mirror image. Conflict when it was undone under another key or is itself a reversal;
    Overdrawn when the money has been spent; else as `post`."""
    with unscoped("an entry has accounts of several owners").of(s):
        return _reversed(s, entry_id, key, memo, (by, brand_id))


def _reversed(s: WriteSession, entry_id: str, key: str, memo: str, whose: tuple[By | None, str | None]) -> Entry:
    entry = s.get(Entry, entry_id)
    if entry is None:
        raise NotFound("there is no such entry", "没有此笔记账")
    if entry.reverses is not None:
        raise Conflict(
            "a reversal is not reversed: post a new entry instead", "冲正记录不能再冲正：请另行记账", code="is_reversal"
        )
    return _post(s, key, "reversal", reversed_legs(legs_of(s, entry_id)), memo, entry_id, whose)


def lock(s: WriteSession, account_ids: Collection[str]) -> None:
    """Lock the accounts of several entries that follow, so that these keep to the order of locks too."""
    wanted = select(Account.id).where(Account.id.in_(account_ids)).order_by(Account.id).with_for_update()
    s.execute(wanted).all()


def legs_of(s: ReadSession, entry_id: str) -> tuple[Leg, ...]:
    """The legs of an entry in the order of their accounts."""
    rows = s.execute(select(Posting.account_id, Posting.amount_fen).where(Posting.entry_id == entry_id))
    return tuple(sorted(Leg(account_id, amount_fen) for account_id, amount_fen in rows))


def statement(s: ReadSession, account_id: str, after: str | None = None, limit: int = 50) -> Page[StatementLine]:
    """The postings of an account, newest first, `limit` (1 to 200) of them; `after` is the `next` of a page."""
    wanted = (
        select(
            Posting.number,
            Posting.amount_fen,
            Posting.balance_fen,
            Entry.id,
            Entry.key,
            Entry.kind,
            Entry.memo,
            Entry.reverses,
            Entry.created_at,
        )
        .join(Entry, Entry.id == Posting.entry_id)
        .where(Posting.account_id == account_id)
        .order_by(Posting.number.desc())
        .limit(checked_limit(limit) + 1)
    )
    if after is not None:
        number = whole_of(after)
        if number is None:
            raise Invalid(
                "after",
                "after is the cursor of an earlier page: pass it unchanged",
                "after 是前一页的翻页标记：请原样传入",
            )
        wanted = wanted.where(Posting.number < number)
    return page_of([StatementLine(*row) for row in s.execute(wanted)], limit, lambda line: str(line.number))


def _post(
    s: WriteSession,
    key: str,
    kind: str,
    legs: tuple[Leg, ...],
    memo: str,
    reverses: str | None,
    whose: tuple[By | None, str | None],
) -> Entry:
    check_texts(key, kind, memo)
    body = body_sha256(kind, memo, legs, reverses)
    accounts = _locked(s, legs)
    first = _first(s, key, body)
    if first is not None:
        return first
    if reverses is not None and s.scalar(select(Entry.id).where(Entry.reverses == reverses)) is not None:
        raise Conflict("this entry was reversed already", "该笔记账已冲正", code="already_reversed")
    _refuse_overdraft(accounts, legs)
    entry_id = new_id()
    entry = {
        "id": entry_id,
        "key": key,
        "body_sha256": body,
        "kind": kind,
        "memo": memo,
        "reverses": reverses,
        "created_at": utcnow(),
    }
    # Another body may race for the same key under other accounts, which our locks do not hold back.
    made = _insert_once(s, Entry, entry)
    if made is None:
        raced = _first(s, key, body)
        if raced is None:
            raise Conflict("this entry was reversed already", "该笔记账已冲正", code="already_reversed")
        return raced
    _move(s, entry_id, accounts, legs)
    by, brand_id = whose
    trail.changed(
        s, "money", "posted", entry_id, by=by or trail.who(None), brand_id=brand_id, why=f"{kind}: {key}"
    )  # fmt: skip
    return made


def _first(s: WriteSession, key: str, body: str) -> Entry | None:
    """The entry that has the key already; KeyConflict when it says something else."""
    first = s.scalar(select(Entry).where(Entry.key == key))
    if first is not None and first.body_sha256 != body:
        raise KeyConflict(
            f"the key {key} was used for another entry: nothing was posted", f"键 {key} 已用于另一笔记账：未记账"
        )
    return first


def _locked(s: WriteSession, legs: tuple[Leg, ...]) -> dict[str, Account]:
    """The accounts of the legs, locked by ascending id until the transaction ends, as they stand now."""
    ids = sorted(leg.account_id for leg in legs)
    wanted = select(Account).where(Account.id.in_(ids)).order_by(Account.id).with_for_update()
    found = {each.id: each for each in s.scalars(wanted.execution_options(populate_existing=True))}
    if len(found) < len(ids):
        raise NotFound(
            f"there is no account {next(each for each in ids if each not in found)}",
            f"没有账户 {next(each for each in ids if each not in found)}",
        )
    return found


_HOLDERS_ZH = {"budget": "预算", "reserved": "预留", "wallet": "钱包"}  # those of NEVER_NEGATIVE


def _refuse_overdraft(accounts: Mapping[str, Account], legs: tuple[Leg, ...]) -> None:
    for leg in legs:
        account = accounts[leg.account_id]
        if account.kind in NEVER_NEGATIVE and account.balance_fen + leg.amount_fen < 0:
            raise Overdrawn(
                f"the {account.kind} holds {account.balance_fen} fen and {-leg.amount_fen} are needed: add money first",
                f"{_HOLDERS_ZH[account.kind]}余额 {account.balance_fen} 分，需要 {-leg.amount_fen} 分：请先补足",
                account.id,
                account.balance_fen,
                leg.amount_fen,
            )


def _move(s: WriteSession, entry_id: str, accounts: Mapping[str, Account], legs: tuple[Leg, ...]) -> None:
    """Write the postings of an entry and carry them into the balances."""
    for leg in legs:
        account = accounts[leg.account_id]
        account.balance_fen += leg.amount_fen
        account.postings += 1
        s.add(
            Posting(
                entry_id=entry_id,
                account_id=leg.account_id,
                amount_fen=leg.amount_fen,
                number=account.postings,
                balance_fen=account.balance_fen,
            )
        )
    s.flush()


def _insert_once(s: WriteSession, table: type[R], values: dict[str, Any]) -> R | None:
    """Insert a row unless one like it is there, then None; waits for another transaction that inserts the same."""
    dialect = postgresql if s.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table).values(**values).on_conflict_do_nothing().returning(table)
    return s.scalars(statement).one_or_none()
