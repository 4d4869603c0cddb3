"""The one result type of detection, validated at birth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

CLASSES = ("product", "cooler")
PRODUCT, COOLER = range(len(CLASSES))

Boxes = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Detections:
    """Boxes on one photo, best first.

    boxes: float32 (n, 4), x1 y1 x2 y2 in pixels of the upright photo, x1 <= x2 and y1 <= y2.
    scores: float32 (n,), in [0, 1], descending.
    labels: int64 (n,), index into CLASSES.
    complete: False where boxes that may count were left out, so that no count may be read from it.

    Raises ValueError where shapes or values break the above.
    """

    boxes: Boxes
    scores: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    complete: bool = True

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes.shape != (count, 4) or self.scores.shape != (count,) or self.labels.shape != (count,):
            raise ValueError(f"shapes disagree: {self.boxes.shape} {self.scores.shape} {self.labels.shape}")
        if not (np.isfinite(self.boxes).all() and (self.boxes[:, :2] <= self.boxes[:, 2:]).all()):
            raise ValueError("boxes must be finite, with x1 <= x2 and y1 <= y2")
        if count and (self.scores.min() < 0 or self.scores.max() > 1):
            raise ValueError("scores must lie in [0, 1]")
        if (np.diff(self.scores) > 0).any():
            raise ValueError("scores must descend")
        if count and not (self.labels.min() >= 0 and self.labels.max() < len(CLASSES)):
            raise ValueError(f"labels must index {CLASSES}")

    def __len__(self) -> int:
        return len(self.scores)

    def take(self, index: npt.NDArray[Any]) -> "Detections":
        """Those of `index`: a bool mask, or positions in rising order."""
        return Detections(self.boxes[index], self.scores[index], self.labels[index], self.complete)

    def scaled(self, x: float, y: float) -> "Detections":
        """The same boxes on a photo that is `x` times as wide and `y` times as high."""
        factor = np.array([x, y, x, y], np.float32)
        return Detections(self.boxes * factor, self.scores, self.labels, self.complete)


def best_first(boxes: Boxes, scores: Any, labels: Any, complete: bool = True) -> Detections:
    """Detections from rows in any order."""
    order = np.argsort(-np.asarray(scores, np.float32), kind="stable")
    return Detections(
        np.asarray(boxes, np.float32).reshape(-1, 4)[order],
        np.asarray(scores, np.float32)[order],
        np.asarray(labels, np.int64)[order],
        complete,
    )


def box_ious(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Intersection over union of every one of (n, 4) boxes with every one of (m, 4), as (n, m)."""
    a, b = first[:, None].astype(np.float64), second[None].astype(np.float64)
    sides = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)
    inside = sides.prod(axis=2)
    areas = (a[..., 2:] - a[..., :2]).prod(axis=2) + (b[..., 2:] - b[..., :2]).prod(axis=2)
    return np.asarray(inside / np.maximum(areas - inside, 1e-12), np.float64)
