"""A photo that always fails goes to a person, an outage sends none there; and old rows of DBOS are cleared."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from sqlalchemy import func, select, text

from crm.audits import service as audits
from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision, PhotoReading
from crm.catalog.service import CatalogueView
from crm.kernel.db import Database
from crm.kernel.photo_store import PhotoStore, open_store
from crm.ledger.checks import check_ledger
from crm.ledger.tables import Entry
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.workflows import steps
from crm.workflows.fakes import FakeVision
from crm.workflows.runtime import Workflows
from crm.workflows.sweeping import Sweeper
from crm.workflows.tables import PhotoFailure
from crm.workflows.upkeep import Timing
from crm.workflows.vision import Seen
from models.manifest import ModelFileError
from tests.integration.crm.world import LAT, World, jpeg
from tests.integration.workflows.world import COLAS, QUICK

POISON = jpeg(666)
HASTE = replace(QUICK, grace_s=0.0, step_s=0.01, retry_s=0.25)
_hashed_once = lru_cache(hash_password)


class Vision(FakeVision):
    """Fails on one photo, each time, as a fault of ours would; and on all while `broken`."""

    broken = False
    reads = 0

    def __init__(self, fault: type[Exception] = RuntimeError) -> None:
        super().__init__(lambda _: COLAS)
        self.fault: type[Exception] | None = fault
        self.faults = 0
        self.go_on = threading.Event()
        self.go_on.set()

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        assert self.go_on.wait(30)
        if self.fault is not None and (self.broken or data == POISON):
            self.faults += 1
            raise self.fault("a fault of ours")
        self.reads += 1
        return super().read(data, catalogue)


class Store(PhotoStore):
    """A store that can go away."""

    away = False

    def get(self, key: str) -> bytes:
        if self.away:
            raise OSError("the store is away")
        return super().get(key)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, Store(open_store("memory:")._store))


@contextmanager
def working(world: World, vision: FakeVision, timing: Timing = HASTE) -> Iterator[Workflows]:
    made = Workflows(world.database, world.store, vision, timing=timing)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def upload(world: World, data: bytes, outlet: str = "E1") -> Photo:
    """A photo that the sweeper finds."""
    visit = world.visit(outlet=outlet, lat=LAT + (0.05 if outlet == "E2" else 0))
    return world.send(visit, world.claim(outlet=outlet), data)


def until(done: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def decisions(world: World, photo: Photo) -> list[tuple[str, list[str]]]:
    with world.database.read() as s:
        rows = s.scalars(select(Decision).where(Decision.audit_id == photo.audit_id)).all()
        return [(row.outcome, [reason["code"] for reason in row.reasons]) for row in rows]


def tries(world: World, photo: Photo) -> int:
    with world.database.read() as s:
        return s.scalar(select(PhotoFailure.tries).where(PhotoFailure.photo_id == photo.id)) or 0


def engine_rows(world: World, table: str = "workflow_status", column: str = "workflow_uuid") -> list[str]:
    schema = "" if world.database.dialect == "sqlite" else "dbos."
    with world.database.read() as s:
        return list(s.scalars(text(f"SELECT {column} FROM {schema}{table}")))


def test_a_photo_that_always_fails_goes_to_a_person(world: World) -> None:
    poison = upload(world, POISON, "E2")
    with working(world, Vision()):
        for number in range(60):
            good = upload(world, jpeg(number))
            until(lambda photo=good: decisions(world, photo) != [])  # type: ignore[misc]
            if decisions(world, poison):
                break
        until(lambda: decisions(world, poison) != [])
    [(outcome, reasons)] = decisions(world, poison)
    assert (outcome, reasons[0]) == ("review", "unreadable_here")
    assert tries(world, poison) == steps.TRIES_MAX
    with world.database.read() as s:
        assert s.get_one(Photo, poison.id).state == "unreadable"
        [item] = audits.review_queue(s, world.scope("ada")).items
        assert (item.audit_id, item.reasons[0]["zh"][:2]) == (poison.audit_id, "系统")


def test_a_gallery_that_is_away_gives_no_photo_up_while_others_are_read(world: World) -> None:
    waiting, vision = upload(world, POISON, "E2"), Vision(ModelFileError)
    with working(world, vision):
        for number in range(60):
            good = upload(world, jpeg(number))
            until(lambda photo=good: decisions(world, photo) != [])  # type: ignore[misc]
            if vision.faults > 4 * (steps.TRIES_MAX + 1):  # four tries each time
                break
        assert vision.faults > 4 * (steps.TRIES_MAX + 1)
        assert decisions(world, waiting) == []
        vision.fault = None
        until(lambda: decisions(world, waiting) != [])
    [(outcome, _)] = decisions(world, waiting)
    assert outcome == "pass"


@pytest.mark.parametrize("outage", ["store", "networks"])
def test_an_outage_sends_nothing_to_a_person_however_long_it_lasts(world: World, outage: str) -> None:
    vision, store = Vision(), world.store
    assert isinstance(store, Store)
    failures: dict[str, int] = {}
    give_up = steps.give_up

    def counted(database: Database, photo_id: str, now: Any, read_at: Any, *, counts: bool) -> bool:
        failures[photo_id] = failures.get(photo_id, 0) + 1
        return give_up(database, photo_id, now, read_at, counts=counts)

    with pytest.MonkeyPatch.context() as patch, working(world, vision):
        patch.setattr(steps, "give_up", counted)
        before = upload(world, jpeg(1))
        until(lambda: decisions(world, before) != [])
        store.away, vision.broken = outage == "store", outage == "networks"
        held = [upload(world, jpeg(2)), upload(world, jpeg(3), "E2")]
        until(lambda: min(failures.get(photo.id, 0) for photo in held) > 2 * steps.TRIES_MAX
              or any(decisions(world, photo) for photo in held), 90)  # fmt: skip
        assert [tries(world, photo) for photo in held] == [1, 1]
        assert [decisions(world, photo) for photo in held] == [[], []]
        store.away = vision.broken = False
        until(lambda: all(decisions(world, photo) for photo in held))
    assert [decisions(world, photo)[0][0] for photo in held] == ["pass", "pass"]


def test_tries_are_not_forgotten_by_a_restart(world: World) -> None:
    poison = upload(world, POISON, "E2")
    for number in range(steps.TRIES_MAX):
        before = tries(world, poison)
        if before == steps.TRIES_MAX:  # at the first start two may count: the first of all, and one after a good photo
            break
        with working(world, Vision()):
            good = upload(world, jpeg(number))
            until(lambda photo=good: decisions(world, photo) != [])  # type: ignore[misc]
            until(lambda seen=before: tries(world, poison) > seen)  # type: ignore[misc]
    assert number == steps.TRIES_MAX - 1  # each further try took a start
    assert tries(world, poison) == steps.TRIES_MAX
    with working(world, Vision()):  # the last may have been stopped before it decided
        until(lambda: decisions(world, poison) != [])
    [(outcome, reasons)] = decisions(world, poison)
    assert (outcome, reasons[0]) == ("review", "unreadable_here")


def test_old_rows_of_the_engine_go_and_nothing_is_done_twice(world: World) -> None:
    vision = Vision()
    with working(world, vision) as workflows:
        photo = upload(world, jpeg(1))
        workflows.enqueue_audit(photo.id)
        until(lambda: decisions(world, photo) != [] and workflows.problem() is None)
        kept = f"photo-{photo.id}"
        until(lambda: status(workflows, kept) == "SUCCESS")
        sweep(workflows)
        assert kept in engine_rows(world)  # not old yet
    with working(world, vision, replace(HASTE, keep_s=0.0)) as workflows:
        until(lambda: engine_rows(world) == [])
        assert engine_rows(world, "operation_outputs") == engine_rows(world, "datasource_outputs", "workflow_id") == []
    pictures = drawn(world, photo)
    assert all(pictures)
    with working(world, vision) as workflows:
        workflows.enqueue_audit(photo.id)
        until(lambda: status(workflows, kept) == "SUCCESS")
    assert (vision.reads, decisions(world, photo), drawn(world, photo)) == (1, [("pass", ["passed"])], pictures)
    with world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(PhotoReading)) == 1
        assert s.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "award")) == 1
        assert check_ledger(s) == []
    assert world.wallet_fen() == 200


def test_what_is_not_ended_is_not_cleared(world: World) -> None:
    vision = Vision()
    vision.go_on.clear()
    photo = upload(world, jpeg(1))
    with working(world, vision, replace(HASTE, keep_s=0.0)) as workflows:
        until(lambda: status(workflows, f"photo-{photo.id}") == "PENDING")
        sweep(workflows)
        assert status(workflows, f"photo-{photo.id}") == "PENDING"
        vision.go_on.set()
        until(lambda: engine_rows(world) == [])
    assert decisions(world, photo) == [("pass", ["passed"])]


def sweep(workflows: Workflows) -> None:
    """Once more than the worker does by itself, and with its own patience: the rows of DBOS stay for days."""
    assert workflows._client is not None
    Sweeper(workflows._client, workflows._database, HASTE, workflows._executor_id, workflows._enqueue).sweep()


def status(workflows: Workflows, workflow_id: str) -> str:
    assert workflows._client is not None
    found = workflows._client.list_workflows(workflow_ids=[workflow_id])
    return found[0].status if found else ""


def drawn(world: World, photo: Photo) -> tuple[str | None, str | None]:
    with world.database.read() as s:
        row = s.get_one(Photo, photo.id)
        return row.picture_key, row.annotated_key
