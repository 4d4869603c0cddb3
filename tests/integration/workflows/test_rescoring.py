"""A photo that kills the process or raises when it is read again is left out of the rescoring, and no other is."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from crm.audits.photos.tables import Photo
from crm.catalog.service import CatalogueView
from crm.kernel.clock import utcnow
from crm.kernel.db import Database
from crm.kernel.photo_store import open_store
from crm.people import service as people
from crm.rescoring.tables import Rescore, RescoredPhoto
from crm.workflows.begun import DEATHS_MAX, Attempts
from crm.workflows.fakes import FakeVision
from crm.workflows.rescoring import rescore_some
from crm.workflows.steps import TRIES_MAX
from crm.workflows.tables import PhotoBegun, PhotoFailure
from crm.workflows.upkeep import Timing
from crm.workflows.vision import Seen
from models.manifest import ModelFileError
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.poison import POISON
from tests.integration.workflows.test_failures import HASTE, _hashed_once, until, upload, working
from tests.integration.workflows.world import COLAS


class DiedError(BaseException):
    """What ends a process: nothing catches it, and nothing is noted after it."""


class Deadly(FakeVision):
    """Dies over the poison."""

    deaths = 0

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        if data == POISON:
            self.deaths += 1
            raise DiedError
        return super().read(data, catalogue)


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    monkeypatch.setattr(Attempts, "leave", lambda *_: None)
    return World(database, open_store("memory:"))


def read(world: World, data: bytes) -> Photo:
    photo = upload(world, data)
    world.read(photo, data)
    return photo


def ordered(world: World) -> str:
    """A rescoring of all photos so far."""
    return ordered_of(world, "cola")


def ordered_of(world: World, code: str) -> str:
    now = utcnow()
    with world.database.write() as s:
        brand_id, since = world.ids.brands["Lumo"], now - timedelta(days=1)
        row = Rescore(brand_id=brand_id, code=code, enrolled=0, since=since, until=now, photos=0)
        s.add(row)
        s.flush()
        return row.id


def start(world: World, vision: FakeVision, rescore_id: str, name: str) -> None:
    """A process takes the rescoring up, until it dies or has no more to do."""
    attempts = Attempts(world.database, name, 2, Timing())
    cursor: str | None = ""
    with suppress(DiedError):
        while cursor is not None:
            cursor = rescore_some(world.database, world.store, vision, attempts, rescore_id, cursor)


def outcome(world: World, rescore_id: str) -> tuple[str, dict[str, str]]:
    """State of the rescoring; faults by photo."""
    with world.database.read() as s:
        rows = {row.photo_id: row.fault for row in s.scalars(select(RescoredPhoto))}
        return s.scalars(select(Rescore.state).where(Rescore.id == rescore_id)).one(), rows


def test_a_photo_over_which_rescoring_dies_is_left_out(world: World) -> None:
    poison, innocent = read(world, POISON), read(world, jpeg(1))
    rescore_id, vision = ordered(world), Deadly(lambda _: COLAS)
    for number in range(DEATHS_MAX):
        start(world, vision, rescore_id, f"w{number}")
        read(world, jpeg(10 + number))
    assert vision.deaths == DEATHS_MAX
    start(world, vision, rescore_id, "last")
    state, faults = outcome(world, rescore_id)
    assert (state, faults) == ("done", {poison.id: f"the process died over it {DEATHS_MAX} times", innocent.id: ""})
    assert vision.deaths == DEATHS_MAX
    with world.database.read() as s:
        assert [row.photo_id for row in s.scalars(select(PhotoBegun))] == [poison.id]
    again = ordered(world)  # of another SKU, or as this one once more: it is not tried again
    start(world, vision, again, "later")
    assert (outcome(world, again)[0], vision.deaths) == ("done", DEATHS_MAX)


def test_while_a_photo_waits_the_others_are_read_and_the_rescoring_goes_on(world: World) -> None:
    poison, innocent = read(world, POISON), read(world, jpeg(1))
    rescore_id, vision = ordered(world), Deadly(lambda _: COLAS)
    for number in range(3):
        start(world, vision, rescore_id, f"w{number}")
    assert (vision.deaths, outcome(world, rescore_id)) == (2, ("running", {innocent.id: ""}))
    start(world, vision, rescore_id, "w3")  # the innocent one was read again since: that counts
    assert vision.deaths == DEATHS_MAX
    with world.database.read() as s:
        assert s.scalars(select(PhotoBegun.deaths).where(PhotoBegun.photo_id == poison.id)).one() == 2


class Faulty(FakeVision):
    """Raises over the poison; with `broken` over every photo."""

    broken = False

    def __init__(self, fault: Exception) -> None:
        super().__init__(lambda _: COLAS)
        self.fault: Exception | None = fault
        self.faults = 0

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        if self.fault is not None and (self.broken or data == POISON):
            self.faults += 1
            raise self.fault
        return super().read(data, catalogue)


def passes(world: World, vision: FakeVision, rescore_id: str, number: int = 1) -> None:
    """A rescoring is begun anew, as the sweeper does it."""
    for _ in range(number):
        start(world, vision, rescore_id, "w")


@pytest.mark.parametrize("fault", [ValueError, FloatingPointError, KeyError])
def test_a_photo_that_raises_each_time_is_left_out(world: World, fault: type[Exception]) -> None:
    poison, innocent = read(world, POISON), read(world, jpeg(1))
    rescore_id, vision = ordered(world), Faulty(fault("Ann, 31.23 N"))
    with capture_logs() as logs:
        passes(world, vision, rescore_id, TRIES_MAX - 1)
        assert outcome(world, rescore_id) == ("running", {innocent.id: ""})  # the rest is read at once
        passes(world, vision, rescore_id)
    assert outcome(world, rescore_id) == ("done", {poison.id: f"failed {TRIES_MAX} times", innocent.id: ""})
    assert vision.faults == TRIES_MAX
    assert [line["event"] for line in logs if line["photo"] == poison.id][-2:] == ["step_failed", "photo_left_out"]
    assert "Ann" not in str(logs)
    vision.fault = None  # mended since: another rescoring tries it again, and nothing is held against it
    again = ordered_of(world, "lime")
    passes(world, vision, again)
    assert outcome(world, again)[0] == "done"
    with world.database.read() as s:
        assert s.scalars(select(PhotoFailure)).all() == []


def test_photos_that_raise_hold_up_no_other(world: World) -> None:
    poison = [read(world, POISON) for _ in range(25)]
    innocent = [read(world, jpeg(number)) for number in range(3)]
    rescore_id, vision = ordered(world), Faulty(ValueError())
    passes(world, vision, rescore_id, TRIES_MAX)
    state, faults = outcome(world, rescore_id)
    assert state == "done"
    assert {photo_id for photo_id, fault in faults.items() if fault} == {photo.id for photo in poison}
    assert {photo_id for photo_id, fault in faults.items() if not fault} == {photo.id for photo in innocent}


@pytest.mark.parametrize(
    "outage", [ModelFileError("the gallery is away"), OSError("no space"), OperationalError("", {}, Exception("away"))]
)
def test_an_outage_holds_a_rescoring_up_and_is_no_photos_fault(world: World, outage: Exception) -> None:
    photos = [read(world, POISON), read(world, jpeg(1))]
    rescore_id, vision = ordered(world), Faulty(outage)  # over one photo, or all
    for broken in [False, True] * TRIES_MAX:
        vision.broken = broken
        with pytest.raises(type(outage)):
            passes(world, vision, rescore_id)
    unharmed(world, vision, rescore_id, photos)


@pytest.mark.parametrize("read_before", [0, 1, 3])
def test_while_no_photo_can_be_read_none_is_at_fault(world: World, read_before: int) -> None:
    photos = [read(world, jpeg(number)) for number in range(read_before)]
    rescore_id, vision = ordered(world), Faulty(RuntimeError("the card is lost"))
    passes(world, vision, rescore_id)
    photos += [read(world, jpeg(10)), read(world, jpeg(11))]
    with world.database.write() as s:
        row = s.scalars(select(Rescore)).one()
        row.state, row.until = "running", utcnow()
    vision.broken = True
    for _ in range(2 * TRIES_MAX):
        with pytest.raises(RuntimeError):
            passes(world, vision, rescore_id)
    unharmed(world, vision, rescore_id, photos)


def unharmed(world: World, vision: Faulty, rescore_id: str, photos: list[Photo]) -> None:
    """Nothing is held against any photo: after the outage all are read."""
    with world.database.read() as s:
        assert s.scalars(select(PhotoFailure)).all() == []
    vision.fault = None
    passes(world, vision, rescore_id)
    assert outcome(world, rescore_id) == ("done", dict.fromkeys((photo.id for photo in photos), ""))


def test_two_rescorings_of_which_one_fails(world: World) -> None:
    """What a photo is left out for counts in each: the second tries it once, and another photo must be readable."""
    poison, _ = read(world, POISON), read(world, jpeg(1))
    vision = Faulty(ValueError())
    passes(world, vision, ordered(world), TRIES_MAX)
    second = ordered_of(world, "lime")
    vision.broken = True
    with pytest.raises(ValueError):
        passes(world, vision, second)
    vision.broken = False
    passes(world, vision, second)
    assert outcome(world, second)[0] == "done"
    with world.database.read() as s:
        mine = s.scalars(select(RescoredPhoto.fault).where(RescoredPhoto.photo_id == poison.id)).all()
    assert sorted(mine) == [f"failed {TRIES_MAX} times", f"failed {TRIES_MAX + 1} times"]


def test_a_worker_comes_to_the_end_of_it(world: World) -> None:
    poison, innocent = read(world, POISON), read(world, jpeg(1))
    rescore_id, vision = ordered(world), Faulty(ValueError())
    with working(world, vision, HASTE):
        until(lambda: outcome(world, rescore_id)[0] == "done")
    assert outcome(world, rescore_id)[1] == {poison.id: f"failed {TRIES_MAX} times", innocent.id: ""}
