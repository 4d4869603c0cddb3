"""The house rules that a machine can check."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bench", "cli", "web", "api", "crm", "pipeline", "models", "datasets", "training")
SOURCES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
LINES_MAX, FUNCTION_LINES_MAX = 350, 70


@pytest.mark.parametrize("package", PACKAGES)
def test_roots_resolve_inside_the_repository(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve().parent == ROOT / package


def test_files_and_functions_keep_their_size() -> None:
    long_files = [str(file.relative_to(ROOT)) for file in SOURCES if len(file.read_text().splitlines()) > LINES_MAX]
    long_functions = [
        f"{file.relative_to(ROOT)}:{node.name}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long_files == []
    assert long_functions == []


def test_only_settings_read_the_environment() -> None:
    readers = {
        str(file.relative_to(ROOT))
        for file in SOURCES
        if re.search(r"os\.environ|os\.getenv|getenv\(", file.read_text())
    }
    # where the field photos are, and what ultralytics and Roboflow's library read when they are imported
    assert readers <= {
        "api/settings.py", "datasets/splits.py", "training/ultralytics_offline.py", "bench/peers/roboflow.py",
    }  # fmt: skip


def test_only_workflows_import_dbos() -> None:
    importers = {
        str(file.relative_to(ROOT)) for file in SOURCES if re.search(r"^\s*(from|import) dbos", file.read_text(), re.M)
    }
    assert importers
    assert all(name.startswith("crm/workflows/") for name in importers)


def test_no_machine_paths_or_registry_hosts() -> None:
    pattern = re.compile(r"/work/|/opt/venvs|/root/|/tmp/|pypi\.org|npmjs|pythonhosted")
    files = [*SOURCES, *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "requirements").glob("*.lock")]
    assert [str(file.relative_to(ROOT)) for file in files if pattern.search(file.read_text())] == []


def test_what_is_tested_on_one_database_is_told() -> None:
    """ADR 6 names the test files that do not run whole on both."""
    pattern = re.compile(r'(sqlite|postgres)_url: str|"sqlite:///|"database_url", \[|skip\("(SQLite|PostgreSQL)')
    on_one = set()
    for file in (ROOT / "tests" / "integration").rglob("test_*.py"):
        source = file.read_text()
        if pattern.search(source) and 'params=["sqlite", "postgresql"]' not in source:
            on_one.add(file.name)
    [record] = (ROOT / "docs" / "adr").glob("0006-*.md")
    assert on_one == set(re.findall(r"`(test_\w+\.py)`", record.read_text()))
