"""A vision without networks: says what it is told to, per photo. For tests, and for trying the workflows
alone."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from crm.catalog.service import CatalogueView
from crm.workflows.vision import Pictures, Seen
from pipeline.enrol.enrolment import Enrolment, ReferencesError, picture_fault
from pipeline.enrol.references import Reference
from pipeline.intake.decode import check_photo
from pipeline.intake.photo_error import PhotoError


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


def _version(catalogue: CatalogueView) -> str:
    return f"{catalogue.gallery}+{catalogue.enrolled}" if catalogue.enrolled else catalogue.gallery


class FakeVision:
    """`fronts` gives the fronts by SKU code (low, best, high) that a photo's bytes show; the hash is made
    of the bytes, so that different bytes are different photos, unless `perceptual_hash` says otherwise."""

    def __init__(
        self,
        fronts: Callable[[bytes], Mapping[str, tuple[int, int, int]]],
        perceptual_hash: Callable[[bytes], bytes] = lambda data: hashlib.sha256(data).digest(),
        flags: Callable[[bytes], list[dict[str, str]]] = lambda data: [],
        likeness: Callable[[bytes], bytes | None] = lambda data: None,
    ) -> None:
        self._fronts, self._hash, self._flags, self._likeness = fronts, perceptual_hash, flags, likeness

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
            "models": {
                "detector": "fake-1",
                "embedder": "fake-1",
                "gallery": _version(catalogue),
            },
            "thresholds": "fake-1",
        }
        return Seen(reading, self._hash(data), self._likeness(data))

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        """The photo itself, twice."""
        return Pictures(data, data)

    def examine(self, code: str, pictures: Sequence[bytes], catalogue: CatalogueView) -> Enrolment:
        """Every picture whose header is sound is taken whole; the embedding is made of the code."""
        references, faults = [], []
        for number, data in enumerate(pictures, start=1):
            try:
                header, _ = check_photo(data)
            except PhotoError as error:
                faults.append(picture_fault(number, error))
                continue
            digest, box = hashlib.sha256(data).hexdigest(), (0, 0, header.width, header.height)
            references.append(Reference(digest, np.zeros((1, 1, 3), np.uint8), box, True, self._hash(data)))
        if faults or not pictures:
            raise ReferencesError("pictures cannot be used", "参考图不能使用", faults)
        seed = int.from_bytes(hashlib.sha256(code.encode()).digest()[:4], "big")
        vector = np.random.default_rng(seed).normal(size=8).astype(np.float32)
        return Enrolment(vector / np.linalg.norm(vector), "fake-1", tuple(references), tuple(range(len(pictures))), ())
