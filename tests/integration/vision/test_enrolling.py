"""The shipped networks and a SKU that no gallery knows: enrolled from pictures through the API, counted on the next
photo, found on an earlier one; with a worker of its own, on each database."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.app import create_app
from api.settings import Settings
from crm.audits.photos.tables import Photo
from crm.audits.tables import Decision, PhotoReading
from crm.catalog import service as catalog
from crm.catalog.enrolling import EnrolledSkus
from crm.catalog.service import CatalogueView
from crm.catalog.tables import Enrolment
from crm.kernel.business_time import business_day
from crm.kernel.clock import utcnow
from crm.kernel.db import Database
from crm.ledger.tables import Entry
from crm.people import service as people
from crm.people.passwords import hash_password
from crm.rescoring import service as rescoring
from crm.rescoring.tables import RescoredPhoto
from crm.workflows.begun import Attempts
from crm.workflows.rescoring import rescore_some
from crm.workflows.runtime import Workflows
from crm.workflows.upkeep import Timing
from crm.workflows.vision import PipelineVision
from datasets.render import DEMO_SKUS, random_skus, render_photo, render_reference
from models.load import Networks, load_networks
from tests.integration.api.world import session_token
from tests.integration.crm.world import World

SECRET = "s" * 48
QUICK = Timing(poll_s=0.05, beat_s=0.2, dead_after_s=5, sweep_s=0.2, grace_s=0.2)
NEW = next(sku for sku in random_skus(np.random.default_rng(5), 40) if sku.pack == "can")
COLA = "ketto-cola-can"
FRONTS = 4
_hashed_once = lru_cache(hash_password)


def jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


@cache
def references(count: int = 5) -> list[bytes]:
    return [jpeg(render_reference(NEW, 9_000 + view, 160)) for view in range(count)]


@cache
def photo(seed: int) -> bytes:
    """Four fronts of the new SKU beside four colas."""
    skus = [*DEMO_SKUS, NEW]
    plan = [[NEW.code] * FRONTS, [COLA] * FRONTS]
    return jpeg(render_photo(seed, width=720, height=960, skus=skus, scene="rack", quality="good", plan=plan).image)


@cache
def networks() -> Networks:
    return load_networks("demo", threads=1, engine="onnxruntime")


@dataclass
class Service:
    """The brand's world, a worker on it, and its API."""

    world: World
    vision: PipelineVision
    workflows: Workflows
    client: TestClient

    def enrol(self, login: str = "mia", files: list[bytes] | None = None, **fields: str) -> Any:
        form = {"code": NEW.code, "name": "New can", "name_zh": "新罐装", "new": "true"} | fields
        pictures = [("file", (f"{i}.jpg", data, "image/jpeg")) for i, data in enumerate(files or references())]
        return self.client.post("/api/v1/skus", data=form, files=pictures, headers=self.headers(login))

    def get(self, path: str, login: str = "mia") -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers(login))

    def post(self, path: str, login: str = "mia") -> Any:
        return self.client.post(f"/api/v1{path}", headers=self.headers(login))

    def headers(self, login: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {session_token(self.world.database, self.world.ids.users[login])}"}

    def read(self, data: bytes, outlet: str) -> dict[str, Any]:
        """Send a photo and wait until all is done with it; its reading."""
        sent = self.world.send(self.world.visit(outlet=outlet), self.world.claim(outlet=outlet), data)
        until(lambda: self._is_drawn(sent.id))
        with self.world.database.read() as s:
            stored = s.get(PhotoReading, sent.id)
            assert stored is not None
            return stored.reading | {"id": sent.id}

    def _is_drawn(self, photo_id: str) -> bool:
        with self.world.database.read() as s:
            return s.scalar(select(Photo.annotated_key).where(Photo.id == photo_id)) is not None


def until(done: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


@pytest.fixture
def service(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.setattr(people, "hash_password", _hashed_once)
    world = World(database)
    vision = PipelineVision(networks, EnrolledSkus(database, world.store))
    workflows = Workflows(database, world.store, vision, timing=QUICK)
    app = create_app(Settings(secret=SECRET), database, world.store, workflows, vision)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(world, vision, workflows, client)


def sku_facings(reading: dict[str, Any]) -> dict[str, int]:
    return dict(reading["facts"]["facings"]["sku"].get(NEW.code, {"low": 0, "best": 0, "high": 0}))


def test_fewer_than_three_different_pictures_are_refused_over_http_too(service: Service) -> None:
    first, second = references()[:2]
    for files, said in (([first, second], "2 reference pictures: give 3 to 10"), ([first, second, first], "2 differ")):
        refused = service.enrol(files=files)
        assert (refused.status_code, said in refused.text) == (422, True), refused.text
    assert NEW.code not in {sku["code"] for sku in service.get("/skus").json()["items"]}


def test_a_new_sku_is_counted_on_the_next_photo_and_found_on_an_earlier_one(service: Service) -> None:
    before = service.read(photo(71), "E1")
    assert NEW.code not in before["facts"]["facings"]["sku"]
    assert before["models"]["gallery"] == "demo-4"

    made = service.enrol()
    assert made.status_code == 201, made.text
    assert (made.json()["enrolment"]["number"], made.json()["launched_on"] is None) == (1, False)
    assert [each["counted"] for each in made.json()["enrolment"]["pictures"]] == [True] * 5

    after = service.read(photo(72), "E2")
    assert after["models"]["gallery"] == "demo-4+1"
    assert sku_facings(after)["best"] == FRONTS
    assert after["facts"]["facings"]["new"]["best"] == FRONTS
    assert sku_facings(after)["low"] <= FRONTS <= sku_facings(after)["high"]

    with service.world.database.read() as s:
        settled = s.scalars(select(Decision.id)).all(), s.scalars(select(Entry.id)).all()
    ordered = service.post(f"/skus/{NEW.code}/rescore?days=7")
    assert (ordered.status_code, ordered.json()["photos"]) == (202, 1), ordered.text
    link = ordered.json()["links"]["self"].removeprefix("/api/v1")
    until(lambda: service.get(link).json()["state"] == "done")
    assert (service.get(link).json()["read"], service.get(link).json()["found"]) == (1, 1)
    [placement] = service.get(f"{link}/placements", "ada").json()["items"]
    assert (placement["photo_id"], placement["outlet"]["name"]["en"]) == (before["id"], "Corner shop")
    assert placement["facings"]["best"] == FRONTS
    with service.world.database.read() as s:
        stored = s.get(PhotoReading, before["id"])
        assert stored is not None
        assert NEW.code not in stored.reading["facts"]["facings"]["sku"]
        row = s.scalars(select(RescoredPhoto)).one()
        assert row.reading["models"]["gallery"] == "demo-4+1"
        assert (s.scalars(select(Decision.id)).all(), s.scalars(select(Entry.id)).all()) == settled


def test_another_embedder_makes_the_embeddings_anew_from_the_stored_pictures(service: Service) -> None:
    assert service.enrol().status_code == 201
    database, store = service.world.database, service.world.store
    with database.write() as s:
        row = s.scalars(select(Enrolment)).one()
        kept = np.frombuffer(row.embedding, "<f4")
        trial = row.trial
        row.embedding, row.embedder, row.trial = np.zeros(3, "<f4").tobytes(), "0", "of an older embedder"
    with database.read() as s:
        view = catalog.view(s, service.world.ids.brands["Lumo"], business_day(row.created_at))
    fresh = PipelineVision(networks, EnrolledSkus(database, store))
    seen = fresh.read(photo(72), view).reading
    assert sku_facings(seen)["best"] == FRONTS
    with database.read() as s:
        row = s.scalars(select(Enrolment)).one()
    assert row.embedder == networks().embedder.manifest.version
    assert row.trial == trial  # another embedder begins a trial anew; with this one it is as it was enrolled
    assert np.frombuffer(row.embedding, "<f4") == pytest.approx(kept, abs=1e-5)


def test_a_gallery_of_an_earlier_number_can_be_made_again(service: Service) -> None:
    assert service.enrol().json()["enrolment"]["number"] == 1
    more = references(7)
    again = service.enrol(files=more)
    assert again.json()["enrolment"]["number"] == 2
    with service.world.database.read() as s:
        assert s.scalar(select(func.count()).select_from(Enrolment)) == 2
        row = s.scalars(select(Enrolment)).first()
        assert row is not None
        view = catalog.view(s, service.world.ids.brands["Lumo"], business_day(row.created_at))
    galleries = [service.vision._of(replace(view, enrolled=number)).gallery for number in (2, 1, 0)]
    assert [gallery.version for gallery in galleries] == ["demo-4+2", "demo-4+1", "demo-4"]
    new, old = (gallery.embeddings[gallery.codes.index(NEW.code)] for gallery in galleries[:2])
    assert 0.9 < new @ old < 0.9999
    assert NEW.code not in galleries[2].codes


def test_workers_that_share_a_database_take_the_same_gallery_up_at_once(service: Service) -> None:
    database, store, brand = service.world.database, service.world.store, service.world.ids.brands["Lumo"]
    workers = [PipelineVision(networks, EnrolledSkus(database, store)) for _ in range(2)]

    def view() -> CatalogueView:
        with database.read() as s:
            return catalog.view(s, brand, business_day(utcnow()))

    before = view()
    for worker in workers:
        assert NEW.code not in worker._of(before).gallery.codes
    assert service.enrol(files=references(3)).status_code == 201
    after = view()
    with ThreadPoolExecutor(8) as pool:  # photos under way keep the gallery they began with
        wanted = [(worker, each) for _ in range(8) for worker in workers for each in (before, after)]
        found = list(pool.map(lambda pair: pair[0]._of(pair[1]).gallery, wanted))
    assert [gallery.version for gallery in found] == ["demo-4", "demo-4+1"] * 16
    assert [NEW.code in gallery.codes for gallery in found] == [False, True] * 16
    assert len({id(gallery) for gallery in found}) == 4  # made once a worker and number


def test_a_rescoring_is_done_once_whatever_is_repeated(service: Service) -> None:
    before = service.read(photo(71), "E1")
    assert service.enrol().status_code == 201
    scope, world = service.world.scope("mia"), service.world
    with world.database.write(scope) as s:
        first = rescoring.order(s, scope, NEW.code, 7)
        again = rescoring.order(s, scope, NEW.code, 7)
        assert again.id == first.id
    by_hand = Attempts(world.database, "by hand", 1, QUICK)
    for _ in range(2):  # by hand, beside the worker, whose sweep takes it up as well
        rescore_some(world.database, world.store, service.vision, by_hand, first.id)
    until(lambda: service.get(f"/rescores/{first.id}").json()["state"] == "done")
    with world.database.read() as s:
        assert s.scalars(select(RescoredPhoto.photo_id)).all() == [before["id"]]
