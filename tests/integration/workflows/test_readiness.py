"""What the service says of itself when photos fail: bad photos do not take it away, an outage does until it may be
over."""

from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from crm.audits.photos.tables import Photo
from crm.kernel.clock import clock_in_use, utcnow
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.people import service as people
from crm.workflows import readiness, steps
from crm.workflows.fakes import FakeVision
from crm.workflows.readiness import FAILING_FOR, FAILING_MAX
from crm.workflows.runtime import Workflows
from crm.workflows.tables import WorkerBeat
from crm.workflows.upkeep import beat
from models.manifest import ModelFileError
from pipeline.texts import Said
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.test_failures import (
    HASTE,
    POISON,
    Vision,
    _hashed_once,
    decisions,
    tries,
    until,
    upload,
    working,
)
from tests.integration.workflows.world import COLAS


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store("memory:"))


def failed(world: World, seed: int, *, counts: bool = True, visit: str | None = None, **rest: Any) -> Photo:
    """A photo on whose reading our work has failed."""
    photo = world.send(visit or world.visit(), world.claim(), jpeg(seed), **rest)
    steps.give_up(world.database, photo.id, utcnow(), None, counts=counts)
    return photo


def problem(world: World) -> Said | None:
    beat(world.database, "w")
    return readiness.problem(world.database, 10.0)


def test_two_photos_that_always_fail_do_not_take_a_service_away(world: World) -> None:
    class Poisoned(Vision):
        broken = True

    with working(world, Poisoned()) as workflows:
        photos = [upload(world, jpeg(1)), upload(world, jpeg(2), "E2")]
        until(lambda: [tries(world, photo) for photo in photos] == [1, 1])
        assert workflows.problem() is None


def test_many_displays_that_fail_in_a_row_do_until_one_is_read(world: World) -> None:
    for seed in range(FAILING_MAX - 1):
        failed(world, seed)
    assert problem(world) is None
    failed(world, 100)
    assert "could not be read" in str(problem(world))
    world.read(upload(world, jpeg(101), "E2"), jpeg(101))
    assert problem(world) is None


def test_photos_of_one_display_are_one_failure(world: World) -> None:
    visit = world.visit()
    for seed in range(6):
        failed(world, seed, visit=visit, photos_expected=6)
    assert problem(world) is None


def test_old_photos_that_fail_again_do_not_keep_a_service_away(world: World) -> None:
    """Or none would be sent that could show that it is well again."""
    photos = [failed(world, seed) for seed in range(FAILING_MAX)]
    later = utcnow() + FAILING_FOR
    with clock_in_use(lambda: later):
        for photo in photos:
            steps.give_up(world.database, photo.id, utcnow(), None)
        assert problem(world) is None


def test_missing_model_files_are_told_and_are_no_photo_s_fault(world: World) -> None:
    class Galleryless(FakeVision):
        def read(self, *_: object) -> object:  # type: ignore[override]
            raise ModelFileError("no gallery lumo")

    with structlog.testing.capture_logs() as logs, working(world, Galleryless(lambda _: COLAS)) as workflows:
        photos = [upload(world, jpeg(seed)) for seed in range(FAILING_MAX)]
        until(lambda: workflows.problem() is not None)
    assert [tries(world, photo) for photo in photos] == [0] * FAILING_MAX
    assert {each.get("reason") for each in logs if each["event"] == "step_failed"} == {"no gallery lumo"}


def test_a_process_without_a_worker_knows_it_too(world: World) -> None:
    beat(world.database, "w")
    api = Workflows(world.database, world.store, FakeVision(lambda _: COLAS), worker=False, timing=HASTE)
    assert api.problem() == ("the workflows are not started", "工作流尚未启动")
    api.start()
    try:
        beat(world.database, "w")
        assert api.problem() is None
        for seed in range(FAILING_MAX):
            failed(world, seed)
        beat(world.database, "w")
        assert "could not be read" in str(api.problem())
    finally:
        api.stop()


def test_logs_do_not_tell_what_a_library_said(world: World) -> None:
    with structlog.testing.capture_logs() as logs, working(world, Vision()):
        poison = upload(world, POISON)
        until(lambda: tries(world, poison) == 1)
        assert decisions(world, poison) == []
    [said] = {str({**each, "log_level": ""}) for each in logs if each["event"] == "step_failed"}
    assert "a fault of ours" not in said


def test_workers_that_are_long_dead_are_forgotten(world: World) -> None:
    for ago, name in ((timedelta(days=1, seconds=1), "dead"), (timedelta(hours=23), "silent"), (timedelta(), "alive")):
        then = utcnow() - ago
        with clock_in_use(lambda at=then: at):  # type: ignore[misc]
            beat(world.database, name)
    with world.database.read() as s:
        assert set(s.scalars(select(WorkerBeat.executor_id))) == {"silent", "alive"}
