"""Which SKU each front is: its crop, embedded and matched against the gallery."""

import numpy as np
import numpy.typing as npt

from models.detections import PRODUCT, Detections, Image
from models.embedder import Embedder
from models.gallery import UNKNOWN, Gallery
from models.network_runner import FloatArray
from models.stopwatch import Stopwatch
from pipeline.facts.seen import Recognised
from pipeline.thresholds import SCORE_MAYBE


def recognise(
    image: Image,
    detections: Detections,
    embedder: Embedder,
    gallery: Gallery,
    stopwatch: Stopwatch | None = None,
    maybe: float = SCORE_MAYBE,
) -> Recognised:
    """Matches the product boxes that may count (score ≥ `maybe`). Boxes in pixels of the BGR `image`."""
    chosen = countable(detections, maybe)
    if not len(chosen):
        return named(detections, chosen, np.zeros((0, 0), np.float32), gallery)
    crops = [crop(image, detections.boxes[index]) for index in chosen]
    return named(detections, chosen, embedder.embed(crops, stopwatch), gallery)


def countable(detections: Detections, maybe: float) -> npt.NDArray[np.intp]:
    """Places of the product boxes with a score of at least `maybe`."""
    return np.flatnonzero((detections.labels == PRODUCT) & (detections.scores >= maybe))


def named(detections: Detections, chosen: npt.NDArray[np.intp], embeddings: FloatArray, gallery: Gallery) -> Recognised:
    """What the gallery says of the boxes `chosen`, by their float32 (n, d) embeddings; other fronts are unknown."""
    codes: list[str | None] = [UNKNOWN if label == PRODUCT else None for label in detections.labels]
    scores, candidates = [0.0] * len(codes), [frozenset[str]()] * len(codes)
    matches = gallery.match(embeddings)
    enrolled: dict[int, tuple[frozenset[str], frozenset[str]]] = {}
    for place, index in enumerate(chosen.tolist()):
        if matches.codes[place] in gallery.enrolled:
            enrolled[index] = matches.named[place], matches.doubted[place]
        codes[index] = matches.codes[place]
        scores[index] = float(matches.scores[place])
        candidates[index] = matches.candidates[place]
    return Recognised(tuple(codes), tuple(scores), tuple(candidates), enrolled)


def crop(image: Image, box: np.ndarray) -> Image:
    """The pixels of a box, at least one, clipped to the image."""
    height, width = image.shape[:2]
    x1, y1 = min(max(int(box[0]), 0), width - 1), min(max(int(box[1]), 0), height - 1)
    x2, y2 = max(round(float(box[2])), x1 + 1), max(round(float(box[3])), y1 + 1)
    return image[y1:y2, x1:x2]
