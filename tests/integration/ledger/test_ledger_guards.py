"""Rows of guarded tables stay as they were written, whoever writes: each table, each unique key, each way to change."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.sqltypes import Boolean, Date, DateTime, Float, Integer

from crm.kernel.db import UtcDateTime
from crm.kernel.triggers import changing_columns
from crm.migrations import upgrade
from crm.schema import metadata
from tests.open_database import OpenDatabase

UPDATES = ("UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE")
GUARDED = [table for table in metadata.sorted_tables if changing_columns(table) is not None]


def unique_keys(table: Table) -> list[tuple[str, ...]]:
    """Every key that another row of the table cannot share, the row's own number among them."""
    keys = [tuple(column.name for column in table.primary_key.columns)]
    keys += [
        tuple(column.name for column in each.columns)
        for each in table.constraints
        if isinstance(each, UniqueConstraint)
    ]
    keys += [tuple(column.name for column in index.columns) for index in table.indexes if index.unique]
    return [("rowid",), *dict.fromkeys(keys)]


def kept(table: Table) -> list[str]:
    changing = changing_columns(table)
    assert changing is not None
    return [column.name for column in table.columns if column.name not in changing]


def value(column: Column[Any], other: bool = False) -> Any:
    """A value of the column's type, as SQLite stores it, and another one."""
    kind = column.type
    if isinstance(kind, UtcDateTime | DateTime):
        return "2026-11-02 12:00:00.000000" if other else "2026-11-01 12:00:00.000000"
    if isinstance(kind, Date):
        return "2026-11-02" if other else "2026-11-01"
    if isinstance(kind, Integer | Float | Boolean):
        return 2 if other else 1
    return "b" if other else "a"


CASES = [(table, key) for table in GUARDED for key in unique_keys(table)]


@pytest.fixture(params=["tables", "migrations"])
def plain(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own, with none of our pragmas, on a schema made either way, with one row in each table."""
    path = tmp_path / "plain.db"
    if request.param == "tables":
        shutil.copyfile(sqlite_template, path)
    else:
        database = OpenDatabase(f"sqlite:///{path}")
        upgrade(database)
        database.dispose()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints=ON")
    for table in GUARDED:
        insert(connection, table, "INSERT", {column.name: value(column) for column in table.columns})
    yield connection
    connection.close()


def insert(connection: sqlite3.Connection, table: Table, verb: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" * len(row))
    connection.execute(f"{verb} INTO {table.name} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def rows(connection: sqlite3.Connection, table: Table) -> list[Any]:
    return connection.execute(f"SELECT rowid, * FROM {table.name} ORDER BY rowid").fetchall()


def test_the_journal_and_the_decisions_are_guarded() -> None:
    changing = {table.name: changing_columns(table) for table in GUARDED}
    assert changing["ledger_account"] == ("balance_fen", "postings")
    assert all(changing[name] == () for name in ("ledger_entry", "ledger_posting", "decision", "ledger_check"))


@pytest.mark.parametrize("table", GUARDED, ids=lambda each: each.name)
def test_no_row_is_replaced_through_any_unique_key(plain: sqlite3.Connection, table: Table) -> None:
    before = rows(plain, table)
    for key in unique_keys(table):
        row = {column.name: value(column, column.name not in key) for column in table.columns}
        if key == ("rowid",):
            row |= {"rowid": before[0][0]}
        as_text = {name: str(each) for name, each in row.items()}  # which the database takes for the same numbers
        for given in (row, as_text):
            with pytest.raises(sqlite3.IntegrityError, match=table.name):
                insert(plain, table, "INSERT OR REPLACE", given)
            assert rows(plain, table) == before, key


@pytest.mark.parametrize("table", GUARDED, ids=lambda each: each.name)
def test_no_row_is_updated_or_deleted(plain: sqlite3.Connection, table: Table) -> None:
    insert(plain, table, "INSERT", {column.name: value(column, other=True) for column in table.columns})
    before = rows(plain, table)
    statements = [f"DELETE FROM {table.name}", f"DELETE FROM {table.name} WHERE rowid = 1"]
    for column in ("rowid", *kept(table)):
        other = 2 if column == "rowid" else value(table.columns[column], other=True)
        statements += [f"{verb} {table.name} SET {column} = '{other}' WHERE rowid = 1" for verb in UPDATES]
    for statement in statements:
        with pytest.raises(sqlite3.IntegrityError, match=table.name):
            plain.execute(statement)
        assert rows(plain, table) == before, statement


@pytest.mark.parametrize("table", GUARDED, ids=lambda each: each.name)
def test_postgresql_refuses_to_change_a_row(postgres_url: str, table: Table) -> None:
    database = OpenDatabase(postgres_url)
    key = next(iter(table.primary_key.columns)).name
    columns = ", ".join(column.name for column in table.columns)
    statements = [f"DELETE FROM {table.name}", f"TRUNCATE {table.name} CASCADE"]
    statements += [f"UPDATE {table.name} SET {column} = {column}" for column in kept(table)]
    statements.append(
        f"INSERT INTO {table.name} SELECT {columns} FROM {table.name} ON CONFLICT ({key}) DO UPDATE SET {key} = DEFAULT"
    )
    for statement in statements:
        with pytest.raises(DBAPIError, match=table.name), database.write() as s:
            s.execute(text(statement))
    database.dispose()
