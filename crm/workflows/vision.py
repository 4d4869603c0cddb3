"""Seeing, as the workflow needs it: a narrow protocol, and the pipeline behind it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from crm.audits.boxes import certainty_of
from crm.catalog.enrolling import EnrolledSku, EnrolledSkus
from crm.catalog.service import CatalogueView

if TYPE_CHECKING:
    from models.load import Networks
    from models.network_runner import FloatArray
    from pipeline.enrol.enrolment import Enrolment
    from pipeline.read import PhotoReading

_VERSIONS_KEPT = 2  # galleries of one brand: the one in force, and one that a rescoring still reads with


@dataclass(frozen=True)
class Seen:
    """`reading`: PhotoReading.as_dict(); `perceptual_hash`: 32 bytes; `likeness`: pipeline.intake.likeness, packed."""

    reading: dict[str, Any]
    perceptual_hash: bytes
    likeness: bytes | None


@dataclass(frozen=True)
class Pictures:
    """JPEGs for people, encoded anew, without metadata: bare, and with what was seen drawn on it."""

    bare: bytes
    annotated: bytes


class Vision(Protocol):
    """What reads photos; tests bring their own."""

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        """Read one photo. Raises pipeline.intake.photo_error.PhotoError where it cannot be read."""

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        """The pictures of a photo and its reading."""

    def examine(self, code: str, pictures: Sequence[bytes], catalogue: CatalogueView) -> "Enrolment":
        """What enrolling these reference pictures makes. Raises pipeline.enrol.enrolment.ReferencesError."""


class PipelineVision:
    """The pipeline on networks that are loaded at the first photo.

    A brand's gallery is the shipped one of its catalogue and the SKUs that it enrolled, on trial unless theirs is open.
    It is made when a catalogue names an enrolment, or a change of a trial, that it does not hold yet; else a photo
    costs no look at them.
    """

    def __init__(self, load: "Callable[[], Networks]", enrolled: EnrolledSkus) -> None:
        self._load, self._enrolled = load, enrolled
        self._lock = threading.Lock()  # of the two below; a gallery is made under its own, and holds up no other
        self._networks: Networks | None = None
        self._galleries: dict[tuple[str, str], tuple[threading.Lock, dict[tuple[int, int], Networks]]] = {}

    def read(self, data: bytes, catalogue: CatalogueView) -> Seen:
        """As the protocol says; also ModelFileError while weights or gallery are missing."""
        from pipeline.facts.make import FactContext
        from pipeline.read import read_photo

        seen = read_photo(data, self._of(catalogue), FactContext(catalogue.own, catalogue.new))
        return Seen(seen.as_dict(), seen.perceptual_hash, seen.likeness.packed())

    def draw(self, data: bytes, reading: Mapping[str, Any], catalogue: CatalogueView) -> Pictures:
        """As the protocol says."""
        from pipeline.annotate import annotate, clean_copy
        from pipeline.facts.make import FactContext
        from pipeline.intake.decode import decode_photo

        image = decode_photo(data).image
        if not reading:
            bare = clean_copy(image)
            return Pictures(bare, bare)
        context = FactContext(catalogue.own, catalogue.new)
        return Pictures(clean_copy(image), annotate(image, _reading_of(reading), context))

    def examine(self, code: str, pictures: Sequence[bytes], catalogue: CatalogueView) -> "Enrolment":
        """As the protocol says; also ModelFileError while weights or gallery are missing."""
        from pipeline.enrol.enrolment import examine

        return examine(code, pictures, self._of(catalogue))

    def _of(self, catalogue: CatalogueView) -> "Networks":
        with self._lock:
            networks = self._networks = self._networks or self._load()
            key = (catalogue.gallery, catalogue.brand_id)
            lock, versions = self._galleries.setdefault(key, (threading.Lock(), {}))
        version = catalogue.enrolled, catalogue.trials
        with lock:
            if version not in versions:
                while len(versions) >= _VERSIONS_KEPT:
                    versions.pop(next(iter(versions)))
                versions[version] = self._with_enrolled(networks.with_gallery(catalogue.gallery), catalogue)
            return versions[version]

    def _with_enrolled(self, shipped: "Networks", catalogue: CatalogueView) -> "Networks":
        if not catalogue.enrolled:
            return shipped
        skus = self._enrolled.of(catalogue.brand_id, catalogue.enrolled)
        served = shipped.embedder.manifest.version  # what was proven with another embedder is not with this one
        proven = {sku.code for sku in skus if sku.trial in catalogue.open_trials and sku.embedder == served}
        vectors = {sku.code: self._embedding(sku, shipped) for sku in skus}
        gallery = shipped.gallery.enroll(vectors, {sku.code for sku in skus if not sku.own}, proven)
        # recorded with each reading: from the numbers the same gallery can be made again
        number = f"{catalogue.enrolled}.{catalogue.trials}" if catalogue.trials else str(catalogue.enrolled)
        return shipped.with_gallery(replace(gallery, version=f"{gallery.version}+{number}"))

    def _embedding(self, sku: EnrolledSku, networks: "Networks") -> "FloatArray":
        version = networks.embedder.manifest.version
        if sku.embedder == version:
            return sku.embedding
        from pipeline.enrol.enrolment import prototype

        made = prototype(self._enrolled.pictures(sku), networks)
        self._enrolled.keep(sku, made, version)
        return made


def _reading_of(stored: Mapping[str, Any]) -> "PhotoReading":
    """A reading as it was before it was stored, as far as drawing needs it."""
    import numpy as np

    from pipeline.facts.seen import Doubts, Recognised
    from pipeline.facts.trial import stored_detections
    from pipeline.intake.likeness import Likeness
    from pipeline.read import PhotoReading

    found = stored["detections"]
    recognised = Recognised(
        codes=tuple(each["sku"] for each in found),
        scores=tuple(each["sku_score"] or 0.0 for each in found),
        candidates=tuple(frozenset[str]() for _ in found),
    )
    return PhotoReading(
        photo=stored["photo"],
        width=stored["width"],
        height=stored["height"],
        detections=stored_detections(stored),
        recognised=recognised,
        rows=tuple(each["row"] for each in found),
        certainties=tuple(map(certainty_of, found)),
        doubts=Doubts((), np.zeros(len(found), bool), 0),
        facts=stored["facts"],
        flags=(),
        timings_ms={},
        models=stored["models"],
        perceptual_hash=b"",
        likeness=Likeness.none(),
        taken_at=None,
        gps=None,
    )
