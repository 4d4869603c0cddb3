"""What `shelfproof demo` says of its photos and its users, without running the service."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import demo
from cli.demo_seed import demo_spec
from cli.main import app
from pipeline.rules.clauses import check_rules


def test_the_tasks_of_the_demo_may_be_published() -> None:
    for brand in demo_spec(1).brands:
        for task in brand.tasks:
            assert check_rules(task.rules, [product.code for product in brand.products]) == []


@contextmanager
def service(*_: object) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(parts=SimpleNamespace(database=SimpleNamespace(read=nullcontext)))


@pytest.fixture
def tasks_sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fills with the task of each photo that the demo would send."""
    sent: list[str] = []

    def send(_service: object, shots: list[demo.Shot], *_: object) -> list[demo.Outcome]:
        sent.extend(shot.task for shot in shots)
        return []

    monkeypatch.setattr(demo, "local_service", service)
    monkeypatch.setattr(demo, "send", send)
    monkeypatch.setattr(demo, "check_ledger", lambda _: [])
    return sent


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["demo", *map(str, arguments)])


@pytest.mark.parametrize("own_photos", [False, True])
def test_the_last_hint_names_users_who_see_what_was_sent(
    own_photos: bool, tasks_sent: list[str], tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").touch()
    result = run("--var", tmp_path / "var", *(["--photos", tmp_path] if own_photos else []))
    assert result.exit_code == 0, result.output
    named = {role: login for login, role in re.findall(r"(\w+) \((\w+)\)", result.stdout.splitlines()[-1])}
    [brand] = [each for each in demo_spec(1).brands if {task.code for task in each.tasks} >= set(tasks_sent)]
    assert tasks_sent
    assert set(named) == {"rep", "auditor"}
    assert named.items() <= {user.role: user.login for user in reversed(brand.users)}.items()


@pytest.mark.parametrize("name", ["nowhere", "notes.txt/photo.jpg", "n" * 300])
def test_photos_that_are_not_there_are_one_line_and_exit_2(name: str, tasks_sent: list[str], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    result = run("--photos", tmp_path / name, "--var", tmp_path / "var")
    assert (result.exit_code, result.stdout, tasks_sent) == (2, "", [])
    assert result.stderr == f"shelfproof: {tmp_path / name} is missing: give a folder of photos, or one photo\n"


def test_one_photo_may_stand_for_a_folder(tasks_sent: list[str], tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    assert run("--photos", tmp_path / "photo.jpg", "--var", tmp_path / "var").exit_code == 0
    assert len(tasks_sent) == 1
