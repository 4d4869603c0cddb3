"""`shelfproof ledger check` and `rebuild`, and `shelfproof database upgrade`, on both databases."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli import operating, serve
from cli.main import app
from crm.kernel.db import Database
from crm.ledger.service import open_account
from tests.open_database import OpenDatabase


@pytest.fixture
def fresh(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with one account, as the settings find it."""
    monkeypatch.setenv("SHELFPROOF_DATABASE_URL", database_url)
    monkeypatch.setenv("SHELFPROOF_SECRET", "s" * 40)
    for module in (serve, operating):
        monkeypatch.setattr(module, "configure_logs", lambda _: None)
    made = OpenDatabase(database_url)
    with made.write() as s:
        open_account(s, "wallet", "somebody")
    made.dispose()
    return made


def shelfproof(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_the_ledger_is_checked_with_an_exit_status(fresh: Database) -> None:
    sound = shelfproof("ledger", "check")
    assert (sound.exit_code, sound.stdout) == (0, "the ledger is sound\n")
    assert json.loads(shelfproof("ledger", "check", "--json").stdout) == {"faults": []}
    with fresh.write() as s:
        s.execute(text("UPDATE ledger_account SET balance_fen = 5, postings = 1"))
    wrong = shelfproof("ledger", "check")
    assert (wrong.exit_code, wrong.stdout.count("rebuild balances\n")) == (1, 2)
    told = shelfproof("ledger", "check", "--json")
    assert (told.exit_code, len(json.loads(told.stdout)["faults"])) == (1, 2)
    fresh.dispose()


def test_the_balances_are_rebuilt_from_the_journal(fresh: Database) -> None:
    with fresh.write() as s:
        s.execute(text("UPDATE ledger_account SET balance_fen = 5, postings = 1"))
    done = shelfproof("ledger", "rebuild")
    assert (done.exit_code, done.stdout) == (0, "accounts put right from the journal: 1\n")
    assert shelfproof("ledger", "check").stdout == "the ledger is sound\n"
    again = shelfproof("ledger", "rebuild", "--json")
    assert (again.exit_code, json.loads(again.stdout)) == (0, {"rebuilt": 0})
    fresh.dispose()


def test_the_schema_is_brought_up_to_date_and_a_role_that_cannot_be_given_rights_is_told(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.database.upgrade_schema", lambda _: None)  # the tests make it without migrations
    done = shelfproof("database", "upgrade")
    assert (done.exit_code, done.stdout) == (0, "the schema is up to date\n")
    refused = shelfproof("database", "upgrade", "--role", "nobody_of_this_name")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
    assert ("SQLite has no roles" if fresh.dialect == "sqlite" else "CREATE ROLE") in refused.stderr
