"""Seeing, as the workflow needs it: a narrow protocol, and the pipeline behind it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from crm.catalog.service import CatalogueView

if TYPE_CHECKING:
    from models.load import Networks
    from pipeline.read import PhotoReading


@dataclass(frozen=True)
class Seen:
    """`reading`: PhotoReading.as_dict(); `perceptual_hash`: 32 bytes."""

    reading: dict[str, Any]
    perceptual_hash: bytes


@dataclass(frozen=True)
class Pictures:
    """JPEGs for people, encoded anew, without metadata: bare, and with what was seen drawn on it."""

    bare: bytes
    annotated: bytes


class Vision(Protocol):
    """What reads photos; tests bring their own."""

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        """Read one photo. Raises pipeline.decode.PhotoError where it cannot be read."""

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        """The pictures of a photo and its reading."""


class PipelineVision:
    """The pipeline on networks that are loaded at the first photo; one gallery is kept open per name."""

    def __init__(self, load: "Callable[[], Networks]") -> None:
        self._load = load
        self._lock = threading.Lock()
        self._networks: dict[str, Networks] = {}

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        """As the protocol says; also ModelFileError while weights or gallery are missing."""
        from pipeline.facts import FactContext
        from pipeline.read import read_photo

        seen = read_photo(data, self._of(catalogue.gallery), FactContext(catalogue.own, catalogue.new))
        return Seen(seen.as_dict(), seen.perceptual_hash)

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        """As the protocol says."""
        from pipeline.annotate import annotate, clean_copy
        from pipeline.decode import decode_photo
        from pipeline.facts import FactContext

        image = decode_photo(data).image
        if not reading:
            bare = clean_copy(image)
            return Pictures(bare, bare)
        context = FactContext(catalogue.own, catalogue.new)
        return Pictures(clean_copy(image), annotate(image, _reading_of(reading), context))

    def _of(self, gallery: str) -> "Networks":
        with self._lock:
            if gallery not in self._networks:
                some = next(iter(self._networks.values()), None) or self._load()
                self._networks[gallery] = some.with_gallery(gallery)
            return self._networks[gallery]


def _reading_of(stored: Mapping[str, Any]) -> "PhotoReading":
    """A reading as it was before it was stored, as far as drawing needs it."""
    import numpy as np

    from models.detections import CLASSES, Detections
    from pipeline.read import PhotoReading
    from pipeline.recognise import Recognised

    found = stored["detections"]
    detections = Detections(
        boxes=np.array([each["box"] for each in found], np.float32).reshape(-1, 4),
        scores=np.array([each["score"] for each in found], np.float32),
        labels=np.array([CLASSES.index(each["label"]) for each in found], np.int64),
        complete=True,
    )
    recognised = Recognised(
        codes=tuple(each["sku"] for each in found),
        scores=tuple(each["sku_score"] or 0.0 for each in found),
        candidates=tuple(frozenset[str]() for _ in found),
    )
    return PhotoReading(
        photo=stored["photo"],
        width=stored["width"],
        height=stored["height"],
        detections=detections,
        recognised=recognised,
        rows=tuple(each["row"] for each in found),
        facts=stored["facts"],
        flags=(),
        timings_ms={},
        models=stored["models"],
        perceptual_hash=b"",
        taken_at=None,
        gps=None,
    )
