"""What a service says of itself when photos fail."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from crm.db import Database
from crm.photos import open_store
from crm.workflows import engine
from crm.workflows.engine import Workflows
from crm.workflows.fakes import FakeVision
from models.manifest import ModelFileError


@pytest.fixture
def workflows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workflows:
    """Workflows whose steps run at once, with a worker that is said to be alive."""
    made = Workflows(Database(f"sqlite:///{tmp_path / 'unused.db'}"), open_store("memory:"), FakeVision(lambda _: {}))
    monkeypatch.setattr(made, "_client", object())
    monkeypatch.setattr(engine, "living_workers", lambda *_: {"w"})
    monkeypatch.setattr(DBOS, "run_step", lambda _options, work: work())
    return made


def step(workflows: Workflows, photo_id: str, error: Exception | None) -> None:
    def work() -> Any:
        if error is not None:
            raise error

    with suppress(type(error) if error is not None else KeyError):
        workflows._step("read", photo_id, work)


def test_one_bad_photo_does_not_take_a_service_away(workflows: Workflows) -> None:
    for _ in range(5):
        step(workflows, "a", ValueError("bad"))
    assert workflows.problem() is None
    step(workflows, "b", ModelFileError("the detector is missing: run make demo"))
    assert "the detector is missing" in str(workflows.problem())
    step(workflows, "c", None)
    assert workflows.problem() is None


def test_readiness_tells_nobody_what_a_library_said(workflows: Workflows) -> None:
    for number in range(100):
        step(workflows, f"p{number}", RuntimeError("user ann, 13800000000, /srv/photos"))
    assert workflows.problem() == "photos cannot be processed: RuntimeError"
    assert len(workflows._failing) <= 20
