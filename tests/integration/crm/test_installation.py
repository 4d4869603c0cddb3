"""Processes on one database have one secret and one photo store, or do not start."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from cli import serve
from cli.main import app
from crm.installation.service import ForeignInstallationError, adopt, belong, is_demo, mark_demo
from crm.installation.tables import Installation
from crm.kernel.db import Database
from crm.kernel.photo_store import PhotoStore, open_store

SECRET, OTHER = "s" * 40, "t" * 40


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return open_store(str(tmp_path / "photos"))


def test_the_first_process_makes_it_and_the_same_is_let_in(
    database: Database, store: PhotoStore, tmp_path: Path
) -> None:
    for _ in range(2):
        belong(database, store, SECRET)
        belong(database, open_store(str(tmp_path / "photos")), SECRET)
    with database.read() as s:
        assert s.scalar(select(func.count()).select_from(Installation)) == 1


def test_a_command_that_only_looks_makes_nothing_its_own(database: Database, store: PhotoStore) -> None:
    belong(database, store, OTHER, first=False)
    belong(database, store, SECRET)
    with pytest.raises(ForeignInstallationError):
        belong(database, store, OTHER, first=False)


def test_another_secret_is_refused(database: Database, store: PhotoStore) -> None:
    belong(database, store, SECRET)
    with pytest.raises(ForeignInstallationError, match=r"SHELFPROOF_SECRET.*database adopt"):
        belong(database, store, OTHER)


@pytest.mark.parametrize("kind", ["another folder", "emptied", "memory"])
def test_another_store_is_refused(database: Database, store: PhotoStore, tmp_path: Path, kind: str) -> None:
    belong(database, store, SECRET)
    if kind == "emptied":
        (tmp_path / "photos" / "installation").unlink()
    other = {"another folder": str(tmp_path / "other"), "memory": "memory:"}.get(kind, str(tmp_path / "photos"))
    with pytest.raises(ForeignInstallationError, match=r"SHELFPROOF_PHOTOS.*database adopt"):
        belong(database, open_store(other), SECRET)


def test_a_store_that_moved_with_all_that_it_holds_is_the_same(
    database: Database, store: PhotoStore, tmp_path: Path
) -> None:
    belong(database, store, SECRET)
    (tmp_path / "photos").rename(tmp_path / "moved")
    belong(database, open_store(str(tmp_path / "moved")), SECRET)


def test_what_was_changed_on_purpose_is_taken_over(database: Database, store: PhotoStore) -> None:
    belong(database, store, SECRET)
    other = open_store("memory:")
    assert adopt(database, other, OTHER) == ["secret", "photo store"]
    belong(database, other, OTHER)
    with pytest.raises(ForeignInstallationError):
        belong(database, store, SECRET)
    assert adopt(database, other, OTHER) == []


def test_of_two_first_processes_at_once_one_is_refused(database: Database, tmp_path: Path) -> None:
    told = list[str]()

    def start(number: int) -> None:
        try:
            belong(database, open_store(str(tmp_path / str(number))), f"{number}" * 40)
            told.append("started")
        except ForeignInstallationError:
            told.append("refused")

    threads = [threading.Thread(target=start, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["refused", "refused", "refused", "started"]


def test_of_the_secret_nothing_can_be_read(database: Database, store: PhotoStore) -> None:
    belong(database, store, SECRET)
    with database.read() as s:
        row = str(s.execute(text("SELECT * FROM installation")).one())
    assert SECRET not in row
    assert SECRET.encode().hex() not in row


def test_the_command_says_what_it_took_over(
    database: Database, store: PhotoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    belong(database, store, SECRET)
    monkeypatch.setattr(serve, "configure_logs", lambda _: None)
    monkeypatch.setattr("cli.database.upgrade_schema", lambda _: None)
    monkeypatch.setenv("SHELFPROOF_DATABASE_URL", database.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SHELFPROOF_PHOTOS", str(tmp_path / "photos"))
    monkeypatch.setenv("SHELFPROOF_SECRET", OTHER)
    for said in ("taken over: secret; start every process on this database again\n", "nothing differs\n"):
        done = CliRunner().invoke(app, ["database", "adopt"], catch_exceptions=False)
        assert (done.exit_code, done.stdout) == (0, said)
    belong(database, store, OTHER)


def test_a_demo_is_known_as_one(database: Database, store: PhotoStore) -> None:
    belong(database, store, SECRET)
    with database.read() as s:
        assert not is_demo(s)
    with database.write() as s:
        mark_demo(s)
    with database.read() as s:
        assert is_demo(s)
