"""A photo over which the process dies when it is read again is left out of the rescoring, and no other is."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.catalog.service import CatalogueView
from crm.db import Database, utcnow
from crm.people import service as people
from crm.photos import open_store
from crm.placements.tables import Rescore, RescoredPhoto
from crm.visits.tables import Photo
from crm.workflows.begun import DEATHS_MAX, Attempts
from crm.workflows.fakes import FakeVision
from crm.workflows.rescoring import rescore_some
from crm.workflows.tables import PhotoBegun
from crm.workflows.upkeep import Timing
from crm.workflows.vision import Seen
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.poison import POISON
from tests.integration.workflows.test_failures import _hashed_once, upload
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
    now = utcnow()
    with world.database.write() as s:
        brand_id, since = world.ids.brands["Lumo"], now - timedelta(days=1)
        row = Rescore(brand_id=brand_id, code="cola", enrolled=0, since=since, until=now, photos=0)
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
