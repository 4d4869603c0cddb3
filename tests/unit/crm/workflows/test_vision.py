"""Galleries are made once each, and a slow one holds up no other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from crm.catalog.enrolling import EnrolledSkus
from crm.catalog.service import CatalogueView
from crm.workflows.vision import PipelineVision


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
