"""Transactions: a reading one cannot write, a writing one is whole or not at all, writers wait in line."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Session

from crm.kernel.db import Database, UtcDateTime


@pytest.fixture
def counters(database: Database) -> Database:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE counter (name VARCHAR(9) PRIMARY KEY, value INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO counter VALUES ('a', 0)"))
    return database


def value(database: Database) -> int:
    with database.read() as session:
        return int(session.scalar(text("SELECT value FROM counter")))


def test_a_reading_transaction_cannot_write(counters: Database) -> None:
    with pytest.raises(DBAPIError), counters.read() as session:
        session.execute(text("UPDATE counter SET value = 1"))
    assert value(counters) == 0
    with counters.write() as writing:
        writing.execute(text("UPDATE counter SET value = 2"))
    assert value(counters) == 2


def test_a_reading_transaction_sees_one_state(counters: Database) -> None:
    with counters.read() as session:
        before = session.scalar(text("SELECT value FROM counter"))
        with counters.write() as writing:
            writing.execute(text("UPDATE counter SET value = value + 1"))
        assert session.scalar(text("SELECT value FROM counter")) == before
    assert value(counters) == before + 1


def test_an_error_undoes_the_whole_transaction(counters: Database) -> None:
    with pytest.raises(DBAPIError), counters.write() as session:  # noqa: PT012
        session.execute(text("UPDATE counter SET value = 9"))
        session.execute(text("INSERT INTO counter VALUES ('a', 1)"))
    assert value(counters) == 0


def test_writers_that_read_first_wait_and_lose_nothing(counters: Database) -> None:
    lock = "" if counters.dialect == "sqlite" else " FOR UPDATE"

    def add() -> None:
        for _ in range(10):
            with counters.write() as session:
                seen = session.scalar(text(f"SELECT value FROM counter{lock}"))
                session.execute(text("UPDATE counter SET value = :v"), {"v": seen + 1})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(counters) == 40


def test_errors_of_the_database_name_no_values(counters: Database) -> None:
    with pytest.raises(DBAPIError) as caught, counters.write() as session:
        session.execute(text("INSERT INTO counter VALUES (:name, :value)"), {"name": "a", "value": 13800000000})
    assert "13800000000" not in str(caught.value).replace(str(caught.value.orig), "")


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    noon_in_shanghai = datetime(2026, 11, 2, 12, tzinfo=timezone(timedelta(hours=8)))
    with database.read() as session:
        back = session.scalar(select(literal(noon_in_shanghai, UtcDateTime()).label("t")))
    assert back == noon_in_shanghai
    assert back.tzinfo is UTC
    with pytest.raises(StatementError, match="aware"), database.read() as session:
        session.scalar(select(literal(datetime(2026, 1, 1), UtcDateTime())))


def test_a_connection_in_use_while_all_are_closed_is_closed_when_it_is_given_back(database: Database) -> None:
    """As of work that a stop has left behind: it lay open in a pool that nobody had any more."""
    with database.read() as s:
        s.execute(text("SELECT 1"))
        assert isinstance(s, Session)
        driver = s.connection().connection.driver_connection
        database.dispose()
    assert driver is not None
    if database.dialect == "postgresql":
        assert driver.closed
    else:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            driver.execute("SELECT 1")
    with database.read() as s:
        assert s.scalar(text("SELECT 1")) == 1
        kept = s.connection().connection.driver_connection  # type: ignore[attr-defined]
    with database.read() as s:
        assert s.connection().connection.driver_connection is kept  # type: ignore[attr-defined]
