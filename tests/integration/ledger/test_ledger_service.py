"""Posting, reversing and reading, on both databases."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from crm.kernel.db import Database
from crm.kernel.errors import Conflict, Invalid, NotFound
from crm.kernel.ids import new_id
from crm.ledger.checks import check_ledger, rebuild_balances
from crm.ledger.errors import KeyConflict, Overdrawn
from crm.ledger.service import balance, find_account, open_account, post, reverse, statement
from crm.ledger.tables import Entry
from tests.integration.ledger.funding import fund_budget


def budget_and_wallet(database: Database, fen: int = 1000) -> tuple[str, str]:
    """A budget that holds `fen` and an empty wallet."""
    with database.write() as s:
        budget = open_account(s, "budget", new_id()).id
        wallet = open_account(s, "wallet", new_id()).id
        fund_budget(s, f"fund:{budget}", budget, fen)
    return budget, wallet


def balances(database: Database, *accounts: str) -> list[int]:
    with database.read() as s:
        assert check_ledger(s) == []
        return [balance(s, account) for account in accounts]


def test_an_award_moves_money_from_the_budget_to_the_wallet(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)
    with database.write() as s:
        entry = post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200}, "display 1")
    assert (entry.key, entry.kind, entry.memo, entry.reverses) == (f"{key}:award:1", "award", "display 1", None)
    assert balances(database, budget, wallet) == [800, 200]


def test_the_same_key_and_body_posts_once(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)
    ids = set()
    for _ in range(3):
        with database.write() as s:
            ids.add(post(s, f"{key}:award:1", "award", {wallet: 200, budget: -200}).id)
    assert len(ids) == 1
    assert balances(database, budget, wallet) == [800, 200]


def test_a_repeat_returns_the_first_entry_though_the_budget_is_spent_since(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database, 200)
    with database.write() as s:
        first = post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200}).id
    with database.write() as s:
        assert post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200}).id == first


@pytest.mark.parametrize("change", ["kind", "amount", "memo", "account"])
def test_the_same_key_with_another_body_is_refused(database: Database, key: str, change: str) -> None:
    budget, wallet = budget_and_wallet(database)
    with database.write() as s:
        other = open_account(s, "wallet", new_id()).id
        post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200})
    amount = 201 if change == "amount" else 200
    payee = other if change == "account" else wallet
    with pytest.raises(KeyConflict), database.write() as s:
        post(
            s,
            f"{key}:award:1",
            "bonus" if change == "kind" else "award",
            {budget: -amount, payee: amount},
            "again" if change == "memo" else "",
        )
    assert balances(database, budget, wallet, other) == [800, 200, 0]


def test_a_budget_cannot_be_overdrawn(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database, 199)
    with pytest.raises(Overdrawn) as caught, database.write() as s:
        post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200})
    assert (caught.value.account_id, caught.value.balance_fen, caught.value.amount_fen) == (budget, 199, -200)
    assert balances(database, budget, wallet) == [199, 0]
    with database.write() as s:  # the key is still free: the award can be made when there is money
        fund_budget(s, f"{key}:more", budget, 1)
        post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200})
    assert balances(database, budget, wallet) == [0, 200]


def test_only_funding_and_payable_go_below_zero(database: Database) -> None:
    budget, _ = budget_and_wallet(database, 500)
    with database.write() as s:
        owner = s.execute(text("SELECT owner_id FROM ledger_account WHERE id = :id"), {"id": budget}).scalar_one()
        funding = find_account(s, "funding", owner)
        assert funding is not None
        assert funding.balance_fen == -500


def test_a_reversal_undoes_an_entry_once(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)
    with database.write() as s:
        entry = post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200}).id
    with database.write() as s:
        back = reverse(s, entry, f"{key}:undo:1", "wrong outlet")
        assert back.reverses == entry
        assert reverse(s, entry, f"{key}:undo:1", "wrong outlet").id == back.id
    assert balances(database, budget, wallet) == [1000, 0]
    with pytest.raises(Conflict, match="reversed already"), database.write() as s:
        reverse(s, entry, f"{key}:undo:2")
    with pytest.raises(Conflict, match="not reversed"), database.write() as s:
        reverse(s, back.id, f"{key}:undo:3")
    with pytest.raises(NotFound), database.write() as s:
        reverse(s, "nothing", f"{key}:undo:4")


def test_spent_money_cannot_be_reversed(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)
    with database.write() as s:
        entry = post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200}).id
        out = open_account(s, "payable", new_id()).id
        post(s, f"{key}:out:1", "withdrawal", {wallet: -150, out: 150})
    with pytest.raises(Overdrawn), database.write() as s:
        reverse(s, entry, f"{key}:undo:1")
    assert balances(database, budget, wallet, out) == [800, 50, 150]


def test_an_entry_falls_with_its_transaction(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)

    def fail_after_posting() -> None:
        with database.write() as s:
            post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200})
            raise RuntimeError("power is out")

    with pytest.raises(RuntimeError, match="power"):
        fail_after_posting()
    assert balances(database, budget, wallet) == [1000, 0]


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}", "TRUNCATE {} CASCADE"],
)
def test_the_database_refuses_to_change_the_journal(database: Database, table: str, statement: str) -> None:
    wrong = "TRUNCATE" if database.dialect == "sqlite" else "REPLACE"
    if wrong in statement:
        statement = "UPDATE {} SET id = 'x'"  # the other database's way; this one's again
    budget, wallet = budget_and_wallet(database)
    with pytest.raises(DBAPIError, match="append-only: post a reversal"), database.write() as s:
        s.execute(text(statement.format(table)))
    assert balances(database, budget, wallet) == [1000, 0]


def test_balances_are_rebuilt_from_the_journal(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)
    with database.write() as s:
        post(s, f"{key}:award:1", "award", {budget: -200, wallet: 200})
        assert rebuild_balances(s) == 0
    with database.write() as s:
        s.execute(text("UPDATE ledger_account SET balance_fen = balance_fen + 7, postings = 9"))
    with database.write() as s:
        assert any("the journal gives 200" in line for line in check_ledger(s))
        assert rebuild_balances(s) >= 3
    assert balances(database, budget, wallet) == [800, 200]
    with database.write() as s:  # numbering goes on where it was
        post(s, f"{key}:award:2", "award", {budget: -100, wallet: 100})
    assert balances(database, budget, wallet) == [700, 300]


def test_a_statement_is_read_page_by_page_newest_first(database: Database, key: str) -> None:
    budget, wallet = budget_and_wallet(database)
    with database.write() as s:
        for number in range(5):
            post(s, f"{key}:{number}", "award", {budget: -10, wallet: 10}, f"display {number}")
    seen, after = [], None
    with database.read() as s:
        while True:
            page = statement(s, wallet, after, 2)
            seen += [(line.memo, line.amount_fen, line.balance_fen) for line in page.items]
            if (after := page.next) is None:
                break
        with pytest.raises(Invalid):
            statement(s, wallet, "yesterday")
    assert seen == [(f"display {number}", 10, 10 * (number + 1)) for number in (4, 3, 2, 1, 0)]


def test_accounts_are_opened_once(database: Database, key: str) -> None:
    with database.write() as s:
        first = open_account(s, "wallet", key).id
        assert open_account(s, "wallet", key).id == first
        assert open_account(s, "budget", key).id != first
        with pytest.raises(Invalid, match="no kind"):
            open_account(s, "purse", "rep-1")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "postings", [{}, {"a": 1, "b": 1}, {"a": 0, "b": 0}, {"a": 1.0, "b": -1.0}, {"a": True, "b": -1}]
)
def test_what_is_no_entry_is_refused(database: Database, key: str, postings: dict[str, int]) -> None:
    budget, wallet = budget_and_wallet(database)
    named = {{"a": budget, "b": wallet}[name]: amount for name, amount in postings.items()}
    with pytest.raises(Invalid), database.write() as s:
        post(s, f"{key}:award:1", "award", named)
    with pytest.raises(NotFound), database.write() as s:
        post(s, f"{key}:award:1", "award", {budget: -1, "nobody": 1})
    with pytest.raises(Invalid), database.write() as s:
        post(s, "k" * 201, "award", {budget: -1, wallet: 1})
    with database.read() as s:
        assert s.scalar(select(Entry).where(Entry.key == f"{key}:award:1")) is None
