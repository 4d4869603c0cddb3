"""`shelfproof bench --service` where the service does not come up."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli import bench_service
from cli.client import ApiError

PHOTOS = [b"not read before the service answers"]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_service, "START_SECONDS_MAX", 1)


def test_a_service_that_ends_at_once_is_an_api_error(monkeypatch: pytest.MonkeyPatch) -> None:
    start(monkeypatch, "raise SystemExit(3)")
    with pytest.raises(ApiError, match="ended with status 3 before it answered"):
        bench_service.measure_service(PHOTOS)


def test_a_service_that_never_answers_is_an_api_error(monkeypatch: pytest.MonkeyPatch) -> None:
    start(monkeypatch, "import time; time.sleep(60)")
    with pytest.raises(ApiError, match=r"did not start in 1 seconds: .*Connection refused"):
        bench_service.measure_service(PHOTOS)


def start(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Has another program started in place of the service."""

    def popen(_command: list[str], cwd: Path, **_: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", script], cwd=cwd)

    monkeypatch.setattr(bench_service, "subprocess", SimpleNamespace(Popen=popen))
