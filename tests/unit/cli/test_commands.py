"""What holds for every command: how it shows its help, and that one which only looks leaves nothing behind."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).resolve().parents[3]


def commands(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = getattr(command, "commands", {})
    return [path, *(found for name, each in below.items() for found in commands(each, (*path, name)))]


ALL = commands(typer.main.get_command(app))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_shows_its_help_by_either_spelling(path: tuple[str, ...]) -> None:
    short, long = (CliRunner().invoke(app, [*path, option]) for option in ("-h", "--help"))
    assert (short.exit_code, short.stdout) == (0, long.stdout)
    assert "Usage: shelfproof" in CliRunner().invoke(app, [*path, "-h"], prog_name="shelfproof").stdout


def test_the_version_is_that_of_the_package() -> None:
    shown = CliRunner().invoke(app, ["--version"])
    assert (shown.exit_code, shown.stdout) == (0, f"shelfproof {version('shelfproof')}\n")


def test_without_a_command_the_help_is_shown_as_wrong_usage() -> None:
    bare = CliRunner().invoke(app, [])
    assert bare.exit_code == 2
    assert "Usage" in bare.output


LOOKING = [
    "sku enroll cola --name Cola a.jpg b.jpg c.jpg",
    "sku list",
    "sku rescore cola --days 7",
    "stop task cola --reason no",
    "stop list",
    "stop open some-id --reason yes",
    "ledger check",
    "ledger rebuild",
    "user add lin --name Lin --role admin",
    "user list",
    "user close lin",
    "organisation list",
    "outlet import t.csv",
    "catalogue import t.csv",
]


@pytest.mark.parametrize("url", ["", "sqlite:///elsewhere/my.db"])
@pytest.mark.parametrize("line", LOOKING)
def test_a_command_on_an_installation_makes_none(
    line: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).write_bytes(b"\xff\xd8\xff")
    (tmp_path / "t.csv").write_text("code\n")
    for setting in ("VAR", "SECRET", "PHOTOS"):
        monkeypatch.delenv(f"SHELFPROOF_{setting}", raising=False)
    monkeypatch.setenv("SHELFPROOF_DATABASE_URL", url)
    told = CliRunner().invoke(app, line.split(), catch_exceptions=False)
    assert (told.exit_code, told.stdout) == (2, "")
    [said] = told.stderr.splitlines()
    assert said.startswith(f"shelfproof: there is no database at {'elsewhere/my.db' if url else 'var/shelfproof.db'}: ")
    assert "SHELFPROOF_VAR" in said
    assert "SHELFPROOF_DATABASE_URL" in said
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.jpg", "b.jpg", "c.jpg", "t.csv"]


def test_an_empty_database_is_not_set_up_by_looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shelfproof.db").touch()
    monkeypatch.setenv("SHELFPROOF_VAR", str(tmp_path))
    monkeypatch.setattr("cli.operating.configure_logs", lambda _: None)  # the logs of this process stay
    told = CliRunner().invoke(app, ["stop", "list"], catch_exceptions=False)
    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert "the database is empty: " in told.stderr
    with closing(sqlite3.connect(tmp_path / "shelfproof.db")) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_no_file_name_ends_a_command_on_a_strict_stdout(encoding: str, tmp_path: Path) -> None:
    odd = tmp_path / b"caf\xe9.jpg".decode(errors="surrogateescape")
    odd.write_bytes(b"no photo")
    told = subprocess.run(
        [sys.executable, "-m", "cli.main", "audit", str(odd)],
        cwd=ROOT, env={"PYTHONIOENCODING": encoding, "PATH": "/usr/bin:/bin"}, capture_output=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert b"caf\\udce9.jpg" in told.stdout
    assert b"Traceback" not in told.stderr
