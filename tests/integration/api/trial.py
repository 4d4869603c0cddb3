"""A newly enrolled SKU in the world of the API's tests: photos are read by colours, and lime is on trial."""

from dataclasses import replace
from typing import Any

import numpy as np

from crm.access.scope import Scope
from crm.audits.photos.tables import Photo
from crm.catalog import enrolling
from crm.catalog.enrolling import SkuSpec
from crm.tasks import service as tasks
from crm.workflows.fakes import FakeVision
from pipeline.facts.make import FactContext
from pipeline.read import read_photo
from pipeline.rules.clauses import Clause, TaskRules, simple_reward
from pipeline.texts import Text
from tests.integration.api.world import World, photo_bytes
from tests.integration.crm.colours import drawing, networks

LIME = "lime-330"
RULES = TaskRules(
    (Clause("lime", Text("Three limes", "三个青柠"), f'facings.sku["{LIME}"] >= 3', "refuse"),),
    simple_reward(200),
    100_000,
)


def put_on_trial(world: World) -> None:
    """Enrols lime, asks for three of it, and has photos of `tests.integration.crm.colours.drawing` read."""
    manager = Scope(world.users["manager"], "manager", world.brand)
    pictures = [photo_bytes(90, 160, seed) for seed in (21, 22, 23)]
    spec = SkuSpec(LIME, "Lime can", name_zh="青柠罐装", brand="Cola")
    enrolling.enroll(world.database, world.store, FakeVision(lambda _: {}), manager, spec, pictures)
    with world.database.write() as s:
        tasks.publish_version(s, manager, world.task, RULES.as_dict(), displays_max=5)
    shipped = networks()
    enrolled = shipped.gallery.enroll({LIME: np.array([0, 1, 0], np.float32)})
    read = replace(shipped, gallery=replace(enrolled, version="shipped+1"))

    def reading(photo: Photo) -> dict[str, Any]:
        context = FactContext(frozenset({"cola", LIME}))
        return read_photo(world.store.get(photo.sha256), read, context).as_dict()

    world.workflows._reading = reading  # type: ignore[method-assign]


__all__ = ["LIME", "drawing", "put_on_trial"]
