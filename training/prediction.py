"""One photo's truth beside what was found on it, and which found box takes which true one."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from models.detections import Detections, box_ious


@dataclass(frozen=True)
class Prediction:
    """One photo's truth and what was found: boxes (n, 4) x1 y1 x2 y2 in pixels, labels (n,) into CLASSES.

    unboxed: (m, 4), areas with products that the labels leave out, where they are known.
    """

    name: str
    width: int
    height: int
    boxes: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    found: Detections
    unboxed: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))


def matches(photo: Prediction, label: int, score: float, iou: float = 0.5) -> tuple[int, int, int]:
    """(true positives, found, labelled) of one class at a score, greedy by score, for recall and precision."""
    truth = photo.boxes[photo.labels == label]
    keep = (photo.found.labels == label) & (photo.found.scores >= score)
    taken = paired(truth, photo.found.boxes[keep], iou)
    return int((taken >= 0).sum()), len(taken), len(truth)


def paired(truth: npt.NDArray[Any], found: npt.NDArray[Any], iou: float = 0.5) -> npt.NDArray[np.int64]:
    """Per found box (n, 4), best first, the index of the true box (m, 4) that it takes, -1 for none; each once."""
    return take_pairs(box_ious(found, truth), iou)


def take_pairs(overlaps: npt.NDArray[np.float64], iou: float) -> npt.NDArray[np.int64]:
    """As `paired`, from the overlaps (n, m) of n found boxes with m true ones."""
    taken, free = np.full(len(overlaps), -1), np.ones(overlaps.shape[1], bool)
    for number in np.flatnonzero((overlaps >= iou).any(axis=1)):
        overlap = np.where(free, overlaps[number], 0.0)
        if overlap.max() >= iou:
            taken[number] = overlap.argmax()
            free[taken[number]] = False
    return taken


def best_overlapping(truth: npt.NDArray[Any], found: npt.NDArray[Any], iou: float = 0.5) -> npt.NDArray[np.int64]:
    """Per true box (m, 4), the found box (n, 4) that covers it best, -1 where none has that IoU; one may serve two."""
    if not len(found):
        return np.full(len(truth), -1)
    overlaps = box_ious(truth, found)
    return np.where(overlaps.max(axis=1) >= iou, overlaps.argmax(axis=1), -1)


def box_iou(boxes: npt.NDArray[Any], box: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Intersection over union of (n, 4) boxes with one box, (n,)."""
    return box_ious(boxes, box[None])[:, 0]
