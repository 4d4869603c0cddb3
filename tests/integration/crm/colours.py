"""A brand whose photos are drawn in colours, read by the pipeline on networks without weights; one SKU is enrolled.

Red is the shipped gallery's cola, blue a rival; green is lime, enrolled from pictures. Its sister, a yellowish green,
is surely lime to the embedder.
"""

import itertools
import os
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import select

from crm.access.scope import Scope
from crm.audits import service as audits
from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision
from crm.catalog import enrolling
from crm.catalog import service as catalog
from crm.catalog.enrolling import EnrolledSkus, SkuCard, SkuSpec
from crm.catalog.service import CatalogueView, ProductSpec
from crm.kernel.business_time import business_day
from crm.outlets import service as outlets
from crm.outlets.tables import Outlet
from crm.tasks import service as tasks
from crm.workflows.vision import PipelineVision
from models import fakes
from models.gallery import Gallery
from models.load import Networks
from pipeline.enrol.enrolment import Enrolment
from pipeline.enrol.references import Reference
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.rewards import simple_reward
from pipeline.texts import Text
from tests.integration.crm.world import LAT, LON, World
from tests.unit.pipeline.photos import encode

RGB = {"cola": (255, 0, 0), "rival": (0, 0, 255), "lime": (0, 255, 0), "sister": (120, 255, 0), "odd": (255, 0, 255)}
LIME = TaskRules(
    (Clause("lime", Text("Three limes", "三个青柠"), 'facings.sku["lime"] >= 3', "refuse"),), simple_reward(300), 1000
)
_tails = itertools.count()


@dataclass(frozen=True)
class Colours(Networks):
    """Serves one shipped gallery under every name."""

    def with_gallery(self, gallery: Any) -> "Colours":
        return replace(self, gallery=gallery) if isinstance(gallery, Gallery) else self


@cache
def networks() -> Colours:
    fake = fakes.fake_networks()
    shipped = Gallery(
        ("cola", "rival"), np.array([[1, 0, 0], [0, 0, 1]], np.float32), np.arange(2), accept=0.86, sure=0.9,
        reject=0.85, competitors=frozenset({"rival"}), version="shipped", trained=frozenset({"cola", "rival"}),
    )  # fmt: skip
    return Colours(fake.detector, fake.embedder, shipped)


class Examiner:
    """Takes green for whatever the pictures show."""

    def examine(self, code: str, pictures: Any, catalogue: CatalogueView) -> Enrolment:
        crop, bits = np.zeros((1, 1, 3), np.uint8), bytes(32)
        references = tuple(Reference(f"{code} {each.hex()}", crop, (0, 0, 1, 1), True, bits) for each in pictures)
        return Enrolment(np.array([0, 1, 0], np.float32), "fake", references, tuple(range(len(pictures))), ())


@cache
def drawing(*colours: str) -> bytes:
    """A speckled wall with a row of fronts in these colours."""
    width = 90 * len(colours) + 180
    speckles = np.random.default_rng(0).integers(88, 169, (600, width, 1), dtype=np.uint8)
    picture = np.ascontiguousarray(np.repeat(speckles, 3, axis=2))
    for place, colour in enumerate(colours):
        picture[200:340, 90 + 90 * place : 150 + 90 * place] = RGB[colour]
    return encode(picture)


@dataclass
class ColourWorld(World):
    """The brand, its task 'three limes', and lime enrolled; as many outlets as are wanted."""

    made: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pipeline = PipelineVision(networks, EnrolledSkus(self.database, self.store))
        self._read: dict[Any, Any] = {}
        with self.database.write(self.scope("mia")) as s:
            labelled = [ProductSpec("cola", "Lumo Cola", True, brand="Lumo")]
            catalog.put_catalogue(s, self.scope("mia"), self.brand, "shipped", labelled)
        self.enrol()
        with self.database.write(self.scope("mia")) as s:
            tasks.fund_task(s, self.scope("mia"), self.ids.tasks["COLA"], 10**7, "more")
        self.publish(LIME)

    @property
    def brand(self) -> str:
        return self.ids.brands["Lumo"]

    def publish(self, rules: TaskRules) -> None:
        """What the task asks for from now on."""
        with self.database.write(self.scope("mia")) as s:
            tasks.publish_version(s, self.scope("mia"), self.ids.tasks["COLA"], rules.as_dict(), displays_max=4)

    def enrol(self, *pictures: bytes, name: str = "Lumo Lime") -> SkuCard:
        spec = SkuSpec("lime", name, brand="Lumo")
        return enrolling.enroll(
            self.database, self.store, Examiner(), self.scope("mia"), spec, pictures or (b"1", b"2", b"3")
        )  # fmt: skip

    def outlet(self) -> str:
        """A new outlet, by its code."""
        code = f"T{len(self.made)}"
        with self.database.write() as s:
            dealer = s.scalars(select(Outlet.dealer_id).where(Outlet.id == self.ids.outlets["E1"])).one()
            made = outlets.create_outlet(
                s, Scope("", "admin"), dealer_id=dealer, code=code, name=code, lat=LAT, lon=LON, brand_id=self.brand
            )
            self.ids.outlets[code] = made.id
        self.made.append(code)
        return code

    def read(self, photo: Photo, data: bytes) -> None:
        with self.database.read() as s:
            view = catalog.view(s, photo.brand_id, business_day(photo.received_at))
        picture = data.rpartition(b"tail ")[0]
        key = picture, view.enrolled, view.trials
        if key not in self._read:
            self._read[key] = self.pipeline.read(data, view).reading
        with self.database.write() as s:
            audits.record_reading(s, photo.id, self._read[key], os.urandom(32))

    def shown(self, *colours: str, outlet: str | None = None) -> Decision:
        """A display with fronts of these colours, at an outlet of its own unless one is named; its decision."""
        data = drawing(*colours) + b"tail %d" % next(_tails)
        return self.audited(data, outlet=outlet or self.outlet())
