"""A brand's catalogue is looked at once for a photo, and once for a correction."""

from datetime import date

import pytest

from crm.audits import service as audits
from crm.catalog import service as catalog
from crm.catalog.service import CatalogueView
from crm.kernel.db import Database, ReadSession
from crm.kernel.photo_store import open_store
from crm.people import service as people
from crm.workflows.fakes import FakeVision
from tests.integration.crm.world import World, jpeg
from tests.integration.workflows.test_failures import HASTE, _hashed_once, decisions, drawn, until, upload, working
from tests.integration.workflows.world import COLAS

UNSURE = {"cola": (4, 6, 9), "lime": (0, 0, 0), "rival": (2, 2, 2)}


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    return World(database, open_store("memory:"))


@pytest.fixture
def looks(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by a brand's id with each look at its catalogue, from when the world stands."""
    made, view = list[str](), catalog.view

    def counted(s: ReadSession, brand_id: str, on: date) -> CatalogueView:
        made.append(brand_id)
        return view(s, brand_id, on)

    monkeypatch.setattr(catalog, "view", counted)
    return made


def test_a_photo_is_read_decided_and_drawn_by_one_look(world: World, looks: list[str]) -> None:
    photos = [upload(world, jpeg(1)), upload(world, jpeg(2), "E2")]
    with working(world, FakeVision(lambda _: COLAS), HASTE):
        until(lambda: all(key for photo in photos for key in drawn(world, photo)))
    assert [decisions(world, photo)[0][0] for photo in photos] == ["pass", "pass"]
    assert looks == [photo.brand_id for photo in photos]


def test_a_correction_takes_one_look(world: World, looks: list[str]) -> None:
    world.fronts[jpeg(1)] = UNSURE
    waiting = world.audited(jpeg(1))
    assert waiting.outcome == "review"
    looks.clear()
    facts = {'facings.sku["cola"]': 8}
    with world.database.write(world.scope("ada")) as s:
        audits.review(s, world.scope("ada"), waiting.audit_id, "correct", "counted", facts=facts)
    assert len(looks) == 1
