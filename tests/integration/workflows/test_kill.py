"""A real process is killed at each step boundary and another one started: one decision, one posting, every
time, on each database."""

import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import Decision, PhotoReading
from crm.kernel.photo_store import open_store
from crm.ledger.checks import check_ledger
from crm.ledger.service import balance, find_account
from crm.ledger.tables import Entry
from crm.people.tables import User
from tests.integration.workflows.processes import exit_status
from tests.integration.workflows.world import CRASH_POINTS
from tests.integration.workflows.world import main as worker
from tests.open_database import OpenDatabase


def run(role: str, url: str, folder: Path, crash_point: str) -> int:
    """The exit status of a worker process."""
    return exit_status(worker, role, url, str(folder), crash_point)


def check_outcome(url: str, folder: Path) -> None:
    database = OpenDatabase(url)
    with database.read() as s:
        decision = s.scalars(select(Decision)).one()
        assert (decision.outcome, decision.amount_fen) == ("pass", 200)
        assert s.scalar(select(func.count()).select_from(PhotoReading)) == 1
        assert s.scalars(select(Entry.id).where(Entry.kind == "award")).all() == [decision.entry_id]
        assert check_ledger(s) == []
        wallet = find_account(s, "wallet", s.scalars(select(User.id).where(User.login == "ann")).one())
        assert wallet is not None
        assert balance(s, wallet.id) == 200
        assert s.scalars(select(Audit.state)).all() == ["decided"]
        photo = s.scalars(select(Photo)).one()
        assert photo.picture_key is not None
        assert photo.annotated_key is not None
    store = open_store(str(folder))
    assert store.get(photo.annotated_key)
    database.dispose()


@pytest.mark.parametrize("crash_point", CRASH_POINTS)
def test_a_killed_process_leaves_one_decision_and_one_posting(
    crash_point: str, database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    assert run("first", database_url, folder, crash_point) == -signal.SIGKILL
    assert run("second", database_url, folder, "none") == 0
    check_outcome(database_url, folder)


def test_without_a_crash_nothing_else_happens(database_url: str, tmp_path: Path) -> None:
    assert run("first", database_url, tmp_path / "photos", "none") == 0
    check_outcome(database_url, tmp_path / "photos")
