"""Fronts among the detections: which of them count, the pixels that they cover, and those of one."""

import numpy as np
import numpy.typing as npt

from models.detections import PRODUCT, Boxes, Detections, Image
from pipeline.thresholds import SCORE_BEST


def countable(detections: Detections, maybe: float) -> npt.NDArray[np.intp]:
    """Indices of the product boxes with a score of at least `maybe`."""
    return np.flatnonzero((detections.labels == PRODUCT) & (detections.scores >= maybe))


def fronts_of(found: Detections, best: float = SCORE_BEST) -> Boxes:
    """(n, 4): the fronts that count in the estimate, from the score `best`."""
    return found.take((found.labels == PRODUCT) & (found.scores >= best)).boxes


def covered(shape: tuple[int, ...], boxes: Boxes) -> npt.NDArray[np.bool_]:
    """bool (h, w): the pixels that lie in at least one box, each box at least one pixel."""
    mask = np.zeros(shape, bool)
    for x1, y1, x2, y2 in np.clip(boxes, 0, None).astype(int):
        mask[min(y1, shape[0] - 1) : y2 + 1, min(x1, shape[1] - 1) : x2 + 1] = True
    return mask


def crop(image: Image, box: np.ndarray) -> Image:
    """The pixels of a box, at least one, clipped to the image."""
    height, width = image.shape[:2]
    x1, y1 = min(max(int(box[0]), 0), width - 1), min(max(int(box[1]), 0), height - 1)
    x2, y2 = max(round(float(box[2])), x1 + 1), max(round(float(box[3])), y1 + 1)
    return image[y1:y2, x1:x2]
