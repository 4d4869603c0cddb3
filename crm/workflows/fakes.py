"""A vision without networks: says what it is told to, per photo. For tests, and for trying the workflows
alone."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from crm.catalog.service import CatalogueView
from crm.workflows.vision import Pictures, Seen
from pipeline.decode import check_photo


def fake_facts(
    fronts: Mapping[str, tuple[int, int, int]], own: frozenset[str], new: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Facts of a display with these fronts (low, best, high) by SKU code and nothing else."""

    def total(codes: frozenset[str]) -> dict[str, int]:
        sums = [sum(count[i] for code, count in fronts.items() if code in codes) for i in range(3)]
        return dict(zip(("low", "best", "high"), sums, strict=True))

    none = {"low": 0, "best": 0, "high": 0}
    every, mine = total(frozenset(fronts)), total(own)
    sku = {code: dict(zip(("low", "best", "high"), count, strict=True)) for code, count in fronts.items()}
    share = {
        "low": mine["low"] / max(1, every["high"]),
        "best": mine["best"] / max(1, every["best"]),
        "high": min(1.0, mine["high"] / max(1, every["low"])),
    }
    facings = {"total": every, "own": mine, "competitor": total(frozenset(fronts) - own), "unknown": none}
    return {
        "facings": {**facings, "new": total(new), "sku": sku},
        "share": {"own": share},
        "cooler": {
            "present": none,
            "count": none,
            "facings": none,
            "own_facings": none,
            "purity": {"low": 0.0, "best": 0.0, "high": 1.0},
        },
        "rows": {"count": {"low": 1, "best": 1, "high": 1}},
    }


class FakeVision:
    """`fronts` gives the fronts by SKU code (low, best, high) that a photo's bytes show; the hash is made
    of the bytes, so that different bytes are different photos, unless `perceptual_hash` says otherwise."""

    def __init__(
        self,
        fronts: Callable[[bytes], Mapping[str, tuple[int, int, int]]],
        perceptual_hash: Callable[[bytes], bytes] = lambda data: hashlib.sha256(data).digest(),
        flags: Callable[[bytes], list[dict[str, str]]] = lambda data: [],
    ) -> None:
        self._fronts, self._hash, self._flags = fronts, perceptual_hash, flags

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        """Checks the header as the pipeline does, and no more."""
        header, _ = check_photo(data)
        reading = {
            "photo": hashlib.sha256(data).hexdigest(),
            "width": header.width,
            "height": header.height,
            "detections": [],
            "facts": fake_facts(self._fronts(data), catalogue.own, catalogue.new),
            "flags": self._flags(data),
            "timings_ms": {"total": 0.0},
            "models": {"detector": "fake-1", "embedder": "fake-1", "gallery": catalogue.gallery},
            "thresholds": "fake-1",
        }
        return Seen(reading, self._hash(data))

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        """The photo itself, twice."""
        return Pictures(data, data)
