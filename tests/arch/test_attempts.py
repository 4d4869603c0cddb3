"""docs/attempts.md names tests that exist."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ATTEMPTS = ROOT / "docs" / "attempts.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
COMMAND = re.compile(r"`[^`]+` → \S")


def attempts() -> list[list[str]]:
    """The cells of each row of the tables with three columns."""
    rows = [line.strip("|").split(" | ") for line in ATTEMPTS.read_text().splitlines() if line.startswith("| ")]
    return [row for row in rows if len(row) == 3 and row[0].strip() != "Attempt"]


def test_thirty_attempts_stand_listed_each_with_what_shows_it() -> None:
    assert len(attempts()) >= 30
    for attempt, happens, shown in attempts():
        assert attempt.strip(), shown
        assert happens.strip(), attempt
        assert TEST.search(shown) or COMMAND.search(shown), attempt
        assert "tests/" not in TEST.sub("", shown), attempt  # each is named in full


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(ATTEMPTS.read_text())
    made: dict[str, set[str]] = {}
    for file in {file for file, _ in named}:
        tree = ast.parse((ROOT / file).read_text() if (ROOT / file).exists() else "")
        made[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    gone = [f"{file}::{name}" for file, name in named if name not in made[file]]
    assert gone == [], "name these anew in docs/attempts.md"
