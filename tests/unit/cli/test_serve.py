"""What `shelfproof serve` tells its caller."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog
import structlog.testing
from fastapi import FastAPI

from api.settings import load_settings
from cli import serve
from cli.alone import alone_on
from crm import schema as _all_tables  # noqa: F401


@pytest.mark.parametrize("works", [False, True])
def test_a_service_that_cannot_start_says_so_by_its_exit_status(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, works: bool
) -> None:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if not works:
            raise RuntimeError("the workflows cannot start")
        yield

    app = FastAPI(lifespan=lifespan)
    parts = SimpleNamespace(database=SimpleNamespace(dispose=lambda: None))
    monkeypatch.setenv("SHELFPROOF_SECRET", "s" * 40)
    monkeypatch.setenv("SHELFPROOF_VAR", str(tmp_path))
    monkeypatch.setattr(serve, "compose", lambda settings, worker: parts)
    monkeypatch.setattr(serve, "made_by_demo", lambda database: False)
    monkeypatch.setattr(serve, "compose_app", lambda parts: app)
    monkeypatch.setattr(serve, "say_first_step", lambda database: None)
    if works:  # told to stop as soon as it runs
        monkeypatch.setattr(serve.Server, "on_tick", lambda self, counter: _stopped())
    assert serve.serve("127.0.0.1", 0, worker=True) == (serve.OK if works else serve.FAILED)


def test_the_engine_of_the_settings_is_opened_before_the_first_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, object]] = []

    def load_networks(**given: object) -> SimpleNamespace:
        opened.append(given)
        return SimpleNamespace(
            engine="onnxruntime 1", passed_over=("engine fast answers otherwise",), slower=("engine half takes 9 ms",)
        )

    for name in ("Database", "upgrade", "open_store", "Workflows", "belong"):
        monkeypatch.setattr(serve, name, lambda *_, **__: SimpleNamespace())
    monkeypatch.setattr(serve, "load_networks", load_networks)
    settings = load_settings({"SHELFPROOF_SECRET": "s" * 40, "SHELFPROOF_INFERENCE": "OnnxRuntime"})
    serve.compose(settings, worker=False)
    assert opened == []
    with structlog.testing.capture_logs() as logs:
        serve.compose(settings, worker=True)
    assert opened == [{"threads": 1, "engine": "onnxruntime"}]
    assert [(entry["log_level"], entry.get("reason", entry.get("engine"))) for entry in logs] == [
        ("warning", "engine fast answers otherwise"),
        ("info", "engine half takes 9 ms"),
        ("info", "onnxruntime 1"),
    ]


@pytest.mark.parametrize("address", ["nonsense://photos", "s3://"])
def test_photos_in_no_store_are_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    monkeypatch.setenv("SHELFPROOF_SECRET", "s" * 40)
    monkeypatch.setenv("SHELFPROOF_PHOTOS", address)
    monkeypatch.setenv("SHELFPROOF_DATABASE_URL", "postgresql://nowhere/nothing")
    for name in ("Database", "upgrade"):
        monkeypatch.setattr(serve, name, lambda *_, **__: SimpleNamespace())
    assert serve.work() == serve.BAD_INPUT
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("shelfproof: SHELFPROOF_PHOTOS names no store")


@pytest.mark.parametrize("start", [serve.work, lambda: serve.serve("127.0.0.1", 0, worker=False)])
def test_several_processes_on_sqlite_are_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, start: Callable[[], int]
) -> None:
    monkeypatch.setenv("SHELFPROOF_VAR", str(tmp_path))
    assert start() == serve.BAD_INPUT
    assert "SQLite is for one process" in capsys.readouterr().err
    assert not (tmp_path / "shelfproof.db").exists()


def test_a_second_service_on_one_sqlite_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SHELFPROOF_VAR", str(tmp_path))
    with alone_on(load_settings().database_url):
        assert serve.serve("127.0.0.1", 0, worker=True) == serve.BAD_INPUT
    assert "another process serves" in capsys.readouterr().err


async def _stopped() -> bool:
    return True
