"""Each invariant has a check that fails when the invariant is broken on purpose."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.kernel.db import Database, WriteSession
from crm.kernel.errors import Invalid
from crm.kernel.triggers import release
from crm.ledger import checks, service
from crm.ledger.errors import KeyConflict, Overdrawn
from crm.ledger.legs import Leg
from crm.ledger.tables import Account, Posting
from tests.integration.ledger.funding import fund_budget
from tests.open_database import OpenDatabase

JOURNAL = ("ledger_entry", "ledger_posting")
Check = Callable[[Database], None]
Bug = Callable[[pytest.MonkeyPatch, Database], None]


def begin(database: Database) -> tuple[str, str]:
    with database.write() as s:
        budget, wallet = service.open_account(s, "budget", "b").id, service.open_account(s, "wallet", "w").id
        fund_budget(s, "fund", budget, 1000)
    return budget, wallet


def holds(database: Database, *expected: tuple[str, int]) -> None:
    with database.read() as s:
        assert checks.check_ledger(s) == []
        assert [service.balance(s, account) for account, _ in expected] == [fen for _, fen in expected]


def entries_sum_to_zero(database: Database) -> None:
    budget, wallet = begin(database)
    with pytest.raises(Invalid), database.write() as s:
        service.post(s, "one", "award", {budget: -200, wallet: 201})


def a_key_posts_once(database: Database) -> None:
    budget, wallet = begin(database)
    for _ in range(2):
        with database.write() as s:
            service.post(s, "one", "award", {budget: -200, wallet: 200})
    holds(database, (budget, 800), (wallet, 200))


def a_key_has_one_body(database: Database) -> None:
    budget, wallet = begin(database)
    with database.write() as s:
        service.post(s, "one", "award", {budget: -200, wallet: 200})
    with pytest.raises(KeyConflict), database.write() as s:
        service.post(s, "one", "award", {budget: -300, wallet: 300})


def a_budget_is_never_overdrawn(database: Database) -> None:
    budget, wallet = begin(database)
    with pytest.raises(Overdrawn), database.write() as s:
        service.post(s, "one", "award", {budget: -1001, wallet: 1001})
    holds(database, (budget, 1000), (wallet, 0))


def balances_follow_the_journal(database: Database) -> None:
    budget, wallet = begin(database)
    with database.write() as s:
        service.post(s, "one", "award", {budget: -200, wallet: 200})
    holds(database, (budget, 800), (wallet, 200))


def a_reversal_undoes(database: Database) -> None:
    budget, wallet = begin(database)
    with database.write() as s:
        entry = service.post(s, "one", "award", {budget: -200, wallet: 200})
        service.reverse(s, entry.id, "undo")
    holds(database, (budget, 1000), (wallet, 0))


def the_journal_is_append_only(database: Database) -> None:
    begin(database)
    for table in JOURNAL:
        for statement in (f"UPDATE {table} SET id = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="append-only"), database.write() as s:
                s.execute(text(statement))


def entries_of_one_moment_queue(database: Database) -> None:
    budget, wallet = begin(database)
    barrier = Barrier(8)

    def award(number: int) -> None:
        barrier.wait(60)
        with database.write() as s:
            service.post(s, f"award:{number}", "award", {budget: -100, wallet: 100})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(award, range(8)))
    holds(database, (budget, 200), (wallet, 800))


def balances_can_be_rebuilt(database: Database) -> None:
    budget, wallet = begin(database)
    with database.write() as s:
        s.execute(text("UPDATE ledger_account SET balance_fen = balance_fen + 1"))
        checks.rebuild_balances(s)
    holds(database, (budget, 1000), (wallet, 0))


def _any_sum(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(service, "balanced", lambda legs: tuple(sorted(legs)))


def _forget_the_first(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(service, "_first", lambda *_: None)


def _new_key_each_time(patch: pytest.MonkeyPatch, _: Database) -> None:
    post, count = service._post, iter(range(99))
    patch.setattr(service, "_post", lambda s, key, *rest: post(s, f"{key}-{next(count)}", *rest))


def _same_hash_for_all(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(service, "body_sha256", lambda *_: "0" * 64)


def _no_overdraft_check(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(service, "_refuse_overdraft", lambda *_: None)


def _check_each_account_against_nothing(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(service, "NEVER_NEGATIVE", frozenset({"wallet"}))


def _forget_the_projection(patch: pytest.MonkeyPatch, _: Database) -> None:
    def move(s: WriteSession, entry_id: str, accounts: dict[str, Account], legs: tuple[Leg, ...]) -> None:
        for leg in legs:
            number = accounts[leg.account_id].postings = accounts[leg.account_id].postings + 1
            posting = {"number": number, "balance_fen": accounts[leg.account_id].balance_fen + leg.amount_fen}
            s.add(Posting(entry_id=entry_id, account_id=leg.account_id, amount_fen=leg.amount_fen, **posting))
        s.flush()

    patch.setattr(service, "_move", move)


def _reverse_to_the_same_side(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(service, "reversed_legs", tuple)


def _drop_the_triggers(_: pytest.MonkeyPatch, database: Database) -> None:
    with database.write() as s:
        for table in (*JOURNAL, "ledger_account"):
            release(s.connection(), table)


def _read_without_lock(patch: pytest.MonkeyPatch, _: Database) -> None:
    def unlocked(s: WriteSession, legs: tuple[Leg, ...]) -> dict[str, Account]:
        wanted = select(Account).where(Account.id.in_([leg.account_id for leg in legs]))
        return {each.id: each for each in s.scalars(wanted)}

    patch.setattr(service, "_locked", unlocked)


def _rebuild_nothing(patch: pytest.MonkeyPatch, _: Database) -> None:
    patch.setattr(checks, "rebuild_balances", lambda _: 0)


BUGS: list[tuple[Check, Bug]] = [
    (entries_sum_to_zero, _any_sum),
    (a_key_posts_once, _forget_the_first),
    (a_key_posts_once, _new_key_each_time),
    (a_key_has_one_body, _same_hash_for_all),
    (a_budget_is_never_overdrawn, _no_overdraft_check),
    (a_budget_is_never_overdrawn, _check_each_account_against_nothing),
    (balances_follow_the_journal, _forget_the_projection),
    (a_reversal_undoes, _reverse_to_the_same_side),
    (the_journal_is_append_only, _drop_the_triggers),
    (balances_can_be_rebuilt, _rebuild_nothing),
]


def caught(check: Check, database: Database) -> bool:
    """Whether the check fails, in whatever way a test fails."""
    try:
        check(database)
    except (Exception, pytest.fail.Exception):
        return True
    return False


@pytest.mark.parametrize("check", dict.fromkeys(check for check, _ in BUGS), ids=lambda check: check.__name__)
def test_an_invariant_holds(check: Check, sqlite_url: str) -> None:
    database = OpenDatabase(sqlite_url)
    check(database)
    database.dispose()


@pytest.mark.parametrize(("check", "bug"), BUGS, ids=lambda each: each.__name__.strip("_"))
def test_a_planted_bug_is_caught(check: Check, bug: Bug, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = OpenDatabase(sqlite_url)
    bug(monkeypatch, database)
    assert caught(check, database)
    database.dispose()


def test_a_missing_lock_is_caught(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL; SQLite lets one writer in at a time whatever we do."""
    database = OpenDatabase(postgres_url)
    with monkeypatch.context() as patch:
        _read_without_lock(patch, database)
        assert caught(entries_of_one_moment_queue, database)
    database.dispose()


TAMPERING: dict[str, str] = {
    "UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE amount_fen = 200": "sums to 1 fen",
    "UPDATE ledger_posting SET amount_fen = amount_fen * 2 WHERE abs(amount_fen) = 200": "its hash differs",
    "DELETE FROM ledger_posting WHERE amount_fen = 200": "has 1 postings",
    "UPDATE ledger_posting SET number = 7 WHERE amount_fen = 200": "posting 7 leaves",
    "UPDATE ledger_posting SET balance_fen = 7 WHERE amount_fen = 200": "leaves 7 fen",
    "UPDATE ledger_entry SET memo = 'for a friend' WHERE key = 'one'": "its hash differs",
    "UPDATE ledger_account SET balance_fen = 1 WHERE kind = 'wallet'": "says 1 fen",
    "UPDATE ledger_account SET postings = 7 WHERE kind = 'wallet'": "counts 7 postings",
    "DELETE FROM ledger_entry WHERE key = 'one'": "names no entry",
    "DELETE FROM ledger_account WHERE kind = 'wallet'": "names no account",
}


@pytest.mark.parametrize(("statement", "finding"), TAMPERING.items())
def test_the_check_finds_what_was_tampered_with(statement: str, finding: str, sqlite_url: str) -> None:
    database = OpenDatabase(sqlite_url)
    budget, wallet = begin(database)
    with database.write() as s:
        service.post(s, "one", "award", {budget: -200, wallet: 200})
    _drop_the_triggers(pytest.MonkeyPatch(), database)
    with database.read() as s:
        assert checks.check_ledger(s) == []
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as plain:  # foreign keys are off
        assert plain.execute(statement).rowcount
    with database.read() as s:
        assert any(finding in line for line in checks.check_ledger(s))
    database.dispose()
