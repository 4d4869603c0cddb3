"""`shelfproof admin`, `user` and `organisation`, on both databases."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from crm.kernel.db import Database
from crm.kernel.errors import CrmError
from crm.people import inviting
from crm.people import service as people
from tests.integration.conftest import ROOT
from tests.open_database import OpenDatabase

PASSWORD = "an uncommon password"


@pytest.fixture
def fresh(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An empty database, as the settings find it."""
    monkeypatch.setenv("SHELFPROOF_DATABASE_URL", database_url)
    monkeypatch.setenv("SHELFPROOF_SECRET", "s" * 40)
    monkeypatch.delenv("SHELFPROOF_ORIGIN", raising=False)
    monkeypatch.setattr("cli.operating.upgrade", lambda _: None)  # the tests make the schema without migrations
    monkeypatch.setattr("cli.operating.configure_logs", lambda _: None)
    return OpenDatabase(database_url)


def shelfproof(*arguments: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)


def made(*arguments: str, stdin: str | None = None) -> str:
    done = shelfproof(*arguments, stdin=stdin)
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    return str(done.stdout)


def refused(*arguments: str, stdin: str | None = None) -> str:
    done = shelfproof(*arguments, stdin=stdin)
    assert (done.exit_code, done.stdout) == (2, ""), done.stdout
    [line] = done.stderr.splitlines()
    return str(line)


def with_people(rest: bool = True) -> None:
    made("admin", "create", "root", "--name", "Root", "--password-stdin", stdin=f"{PASSWORD}\n")
    made("organisation", "add", "brand", "Ketto", "--name-zh", "可图")
    made("organisation", "add", "dealer", "North")
    if rest:
        made("user", "add", "an", "--name", "An", "--role", "rep", "--phone", "0901234567")


def test_an_empty_installation_gets_its_first_people_from_the_command_line(fresh: Database) -> None:
    assert made("user", "list") == "no users yet\n"
    with_people(rest=False)
    assert people.authenticate(fresh, "root", PASSWORD).role == "admin"
    printed = made("user", "add", "AN", "--name", "An", "--role", "rep", "--phone", "0901234567")
    link = printed.splitlines()[0]
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/welcome#[\w-]{43}", link)
    an = inviting.accept(fresh, link.partition("#")[2], "my own password")
    assert (an.login, an.role, an.phone) == ("an", "rep", "0901234567")
    listed = {each["login"]: each for each in json.loads(made("user", "list", "--json"))}
    assert {login: each["state"] for login, each in listed.items()} == {"root": "active", "an": "active"}
    assert (listed["an"]["brands"], listed["an"]["dealer"]) == (["Ketto"], "North")
    assert [each["name"]["en"] for each in json.loads(made("organisation", "list", "--json"))] == ["Ketto", "North"]
    assert "root" not in made("user", "list", "--brand", "可图")
    fresh.dispose()


def test_the_link_has_the_address_that_is_given(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with_people()
    monkeypatch.setenv("SHELFPROOF_ORIGIN", "https://audit.example.com")
    told = json.loads(made("user", "passwd", "an", "--json"))
    assert told["link"].startswith("https://audit.example.com/welcome#")
    given = made("user", "passwd", "an", "--origin", "https://other.example.com/")
    assert given.startswith("https://other.example.com/welcome#")
    assert "https://" in refused("user", "passwd", "an", "--origin", "other.example.com")
    fresh.dispose()


def test_a_password_set_by_the_operator_must_be_changed(fresh: Database) -> None:
    with_people()
    made("user", "passwd", "an", "--password-stdin", stdin="set by another\n")
    assert people.authenticate(fresh, "an", "set by another").must_change_password
    assert not people.authenticate(fresh, "root", PASSWORD).must_change_password  # typed it himself
    fresh.dispose()


def test_an_account_is_closed_and_reopened(fresh: Database) -> None:
    with_people()
    made("user", "passwd", "an", "--password-stdin", stdin="set by another\n")
    made("user", "close", "an")
    with pytest.raises(CrmError):
        people.authenticate(fresh, "an", "set by another")
    assert "closed" in made("user", "list", "--brand", "Ketto")
    assert "closed: reopen it first" in refused("user", "passwd", "an")
    made("user", "reopen", "an")
    assert people.authenticate(fresh, "an", "set by another").login == "an"
    fresh.dispose()


def test_what_cannot_be_done_is_one_line_that_says_what_to_do(fresh: Database) -> None:
    assert "organisation add brand" in refused("user", "add", "x", "--name", "X", "--role", "auditor")
    with_people()
    assert "last admin" in refused("user", "close", "root")
    assert "taken" in refused("user", "add", "an", "--name", "An", "--role", "rep")
    assert "taken" in refused("user", "add", "bn", "--name", "Bn", "--role", "rep", "--phone", "0901234567")
    assert "already" in refused("organisation", "add", "brand", "Ketto")
    assert "no user nobody" in refused("user", "close", "nobody")
    assert "8 to 200" in refused("user", "passwd", "an", "--password-stdin", stdin="short\n")
    assert "already" in refused("admin", "create", "Root", "--name", "Root", "--password-stdin", stdin=f"{PASSWORD}\n")
    fresh.dispose()


def test_an_admin_that_was_refused_leaves_nothing(fresh: Database) -> None:
    arguments = ("admin", "create", "root", "--name", "Root", "--password-stdin")
    assert "8 to 200" in refused(*arguments, stdin="short\n")
    assert made("user", "list") == "no users yet\n"
    made(*arguments, stdin=f"{PASSWORD}\n")
    fresh.dispose()


def test_where_nobody_can_type_the_password_is_read_from_stdin(fresh: Database) -> None:
    assert "--password-stdin" in refused("admin", "create", "root", "--name", "Root")
    fresh.dispose()


def shown_until(terminal: int, prompt: bytes | None = None) -> bytes:
    """What the terminal shows until it asks this; None: until the process has ended."""
    shown = b""
    while prompt is None or not shown.endswith(prompt):
        try:
            shown += os.read(terminal, 1000)
        except OSError:  # the other side is closed
            assert prompt is None, shown
            return shown
    return shown


@pytest.mark.parametrize("again", [PASSWORD, "something else"])
def test_a_password_is_typed_twice_and_not_shown(tmp_path: Path, again: str) -> None:
    """On a terminal, in a process of its own."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "cli.main", "admin", "create", "root", "--name", "Root"]
    environ = {**os.environ, "SHELFPROOF_VAR": str(tmp_path), "SHELFPROOF_DATABASE_URL": ""}
    running = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environ, start_new_session=True
    )
    os.close(theirs)
    shown = shown_until(ours, b"Password: ")
    os.write(ours, f"{PASSWORD}\n".encode())
    shown += shown_until(ours, b"Once more: ")
    os.write(ours, f"{again}\n".encode())
    shown += shown_until(ours)
    status = running.wait(60)
    os.close(ours)
    assert PASSWORD.encode() not in shown
    if again != PASSWORD:
        assert (status, b"the two are not the same" in shown) == (2, True)
        return
    assert status == 0, shown
    database = OpenDatabase(f"sqlite:///{tmp_path / 'shelfproof.db'}")
    assert people.authenticate(database, "root", PASSWORD).role == "admin"
    database.dispose()
