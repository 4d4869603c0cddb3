"""SQLite answers `locked` at once where two connections switch a new file to WAL; ours waits for the other."""

import sqlite3

import pytest

import crm.kernel.db


class Busy:
    """A connection that is told `told` so many times before it succeeds."""

    def __init__(self, times: int, told: str = "database is locked") -> None:
        self.left, self.told = times, told

    def execute(self, statement: str) -> None:
        assert statement == "PRAGMA journal_mode=WAL"
        if self.left:
            self.left -= 1
            raise sqlite3.OperationalError(self.told)


def test_a_new_file_that_another_connection_switches_is_waited_for() -> None:
    connection = Busy(3)
    crm.kernel.db._switch_to_wal(connection)
    assert connection.left == 0


def test_the_wait_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crm.kernel.db, "_BUSY_MS_MAX", 50)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        crm.kernel.db._switch_to_wal(Busy(10_000))


def test_another_fault_is_told_at_once() -> None:
    connection = Busy(2, "disk I/O error")
    with pytest.raises(sqlite3.OperationalError, match="disk"):
        crm.kernel.db._switch_to_wal(connection)
    assert connection.left == 1
