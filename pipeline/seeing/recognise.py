"""Which SKU each front is: its crop, embedded and matched against the gallery."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.detections import PRODUCT, Detections, Image
from models.embedder import Embedder
from models.gallery import UNKNOWN, Gallery
from models.network_runner import FloatArray
from models.stopwatch import Stopwatch
from pipeline.facts.seen import Recognised
from pipeline.seeing.fronts import countable, crop
from pipeline.thresholds import SCORE_MAYBE


def recognise(
    image: Image,
    detections: Detections,
    embedder: Embedder,
    gallery: Gallery,
    stopwatch: Stopwatch | None = None,
    maybe: float = SCORE_MAYBE,
    glared: npt.NDArray[np.bool_] | None = None,
) -> Recognised:
    """Matches the product boxes that may count (score ≥ `maybe`). Boxes in pixels of the BGR `image`. glared: bool
    (n,), per detection: a reflection lies over its name."""
    chosen = countable(detections, maybe)
    if len(chosen):
        embeddings = embedder.embed([crop(image, detections.boxes[index]) for index in chosen], stopwatch)
    else:
        embeddings = np.zeros((0, 0), np.float32)
    recognised = named(detections, chosen, embeddings, gallery)
    return recognised if glared is None else doubt_names(recognised, glared, gallery.codes)


def named(detections: Detections, chosen: npt.NDArray[np.intp], embeddings: FloatArray, gallery: Gallery) -> Recognised:
    """What the gallery says of the boxes `chosen`, by their float32 (n, d) embeddings; other fronts are unknown."""
    codes: list[str | None] = [UNKNOWN if label == PRODUCT else None for label in detections.labels]
    scores, candidates = [0.0] * len(codes), [frozenset[str]()] * len(codes)
    matches = gallery.match(embeddings)
    enrolled: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
    for nth, index in enumerate(chosen.tolist()):
        if matches.codes[nth] in gallery.enrolled:
            enrolled[index] = matches.named[nth], matches.doubted[nth]
        codes[index] = matches.codes[nth]
        scores[index] = float(matches.scores[nth])
        candidates[index] = matches.candidates[nth]
    return Recognised(tuple(codes), tuple(scores), tuple(candidates), enrolled)


def doubt_names(recognised: Recognised, glared: npt.NDArray[np.bool_], gallery: tuple[str, ...]) -> Recognised:
    """The same, with every code of the gallery possible where a reflection lies over the front."""
    every = frozenset([*gallery, UNKNOWN])
    candidates = tuple(
        every if hides and names else names for names, hides in zip(recognised.candidates, glared, strict=True)
    )
    readable = {index: names for index, names in recognised.enrolled.items() if not glared[index]}
    return replace(recognised, candidates=candidates, enrolled=readable)
