"""A product before its launch is kept from a rep, also where it stands on his photo."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select, update

from crm.access.session import unscoped
from crm.audits import service as audits
from crm.audits.explaining import draws_hidden
from crm.audits.explaining.hiding import without
from crm.audits.tables import PhotoReading
from crm.audits.told import Box
from crm.catalog.tables import Product
from tests.integration.crm.world import World, jpeg

FRONTS = {"cola": (8, 8, 8), "lime": (3, 3, 3), "rival": (2, 2, 2)}


def launch(world: World, day: date) -> None:
    with world.database.write(unscoped("a test")) as s:
        s.execute(update(Product).where(Product.code == "lime").values(launched_on=day))


def test_a_rep_reads_nothing_of_a_product_before_its_launch(world: World) -> None:
    launch(world, date(2099, 1, 1))
    world.fronts[jpeg(1)] = FRONTS
    decision = world.audited(jpeg(1))
    path = 'facings.sku["lime"]'
    with world.database.read(world.scope("ann")) as s:
        told = audits.explain(s, world.scope("ann"), decision.audit_id)
        assert "lime" not in str(told).lower()
        assert told.decision is not None
        assert 'facings.sku["cola"]' in told.decision.facts
    with world.database.read(world.scope("ada")) as s:
        told = audits.explain(s, world.scope("ada"), decision.audit_id)
        assert told.decision is not None
        assert (told.decision.facts[path].best, told.photos[0].facts[path].best) == (3, 3)
    launch(world, date(2026, 1, 1))
    with world.database.read(world.scope("ann")) as s:
        told = audits.explain(s, world.scope("ann"), decision.audit_id)
        assert told.decision is not None
        assert told.decision.facts[path].name.en == "Lumo Lime"
        box = Box((1.0, 1.0, 2.0, 2.0), "product", 0.9, "lime", 0.8, 1, "sure")
        photo = replace(told.photos[0], detections=(box, replace(box, sku="cola")))
        [shown] = without(replace(told, photos=(photo,)), {"lime"}).photos
        assert (path in photo.facts, path in shown.facts) == (True, False)
        assert [(each.sku, each.sku_score) for each in shown.detections] == [("unknown", None), ("cola", 0.8)]


def test_a_picture_that_names_a_product_before_its_launch_is_shown_to_a_rep_without_its_boxes(world: World) -> None:
    world.audited(jpeg(1))
    with world.database.write(unscoped("a test")) as s:
        stored = s.scalars(select(PhotoReading)).one()
        stored.reading = {**stored.reading, "detections": [{"sku": "cola"}, {"sku": "lime"}]}
        photo_id = stored.photo_id

    def plain(login: str) -> bool:
        with world.database.read(world.scope(login)) as s:
            return draws_hidden(s, world.scope(login), photo_id)

    launch(world, date(2099, 1, 1))
    assert (plain("ann"), plain("cem"), plain("ada")) == (True, False, False)  # cem cannot see the photo at all
    launch(world, date(2026, 1, 1))
    assert not plain("ann")
