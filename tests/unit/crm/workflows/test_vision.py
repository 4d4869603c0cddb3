"""Galleries are made once each, and a slow one holds up no other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from crm.catalog.enrolling import EnrolledSkus
from crm.catalog.service import CatalogueView
from crm.workflows.vision import PipelineVision, _reading_of
from models.fakes import draw_photo, fake_networks
from pipeline.facts.make import FactContext
from pipeline.read import read_photo
from tests.unit.pipeline.photos import encode


class Networks:
    """Stands for the networks; loading the gallery 'slow' lasts until `go_on`."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.loaded: list[str] = []

    def with_gallery(self, gallery: str) -> str:
        self.loaded.append(gallery)
        if gallery == "slow":
            self.begun.set()
            assert self.go_on.wait(10)
        return f"networks with {gallery}"


def view(gallery: str, brand: str) -> CatalogueView:
    return CatalogueView(gallery, frozenset(), frozenset(), {}, brand_id=brand)


def test_a_slow_gallery_holds_up_no_other_and_is_loaded_once() -> None:
    networks = Networks()
    vision = PipelineVision(lambda: cast(Any, networks), cast(EnrolledSkus, None))
    with ThreadPoolExecutor(3) as pool:
        slow = [pool.submit(vision._of, view("slow", "a")) for _ in range(2)]
        assert networks.begun.wait(10)
        try:
            other: object = pool.submit(vision._of, view("quick", "b")).result(timeout=5)
        finally:
            networks.go_on.set()
        assert other == "networks with quick"
        assert {cast(str, each.result()) for each in slow} == {"networks with slow"}
    assert sorted(networks.loaded) == ["quick", "slow"]


def test_a_stored_reading_is_drawn_as_it_was_counted_also_where_it_does_not_tell() -> None:
    photo = draw_photo(400, 400, [("red-can", (60, 50, 120, 170)), ("blue-can", (180, 50, 240, 170))])
    reading = read_photo(encode(photo), fake_networks(), FactContext(frozenset({"red-can"})))
    stored = reading.as_dict()
    assert _reading_of(stored).certainties == reading.certainties
    changed = [{**each, "certainty": "maybe"} for each in stored["detections"]]
    assert set(_reading_of({**stored, "detections": changed}).certainties) == {"maybe"}
    before = [{key: value for key, value in each.items() if key != "certainty"} for each in stored["detections"]]
    assert _reading_of({**stored, "detections": before}).certainties == reading.certainties
    faint = [{**each, "score": 0.3} for each in before]  # counted by the thresholds that ship, as drawn then
    assert set(_reading_of({**stored, "detections": faint}).certainties) == {"maybe"}
