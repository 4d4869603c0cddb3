"""How far two detectors with the same weights agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.detections import PRODUCT
from training.prediction import paired

IOUS = (0.5, 0.9)

Boxes = npt.NDArray[np.float64]


def agreement(ours: Sequence[Boxes], theirs: Sequence[Boxes], score: float) -> dict[str, Any]:
    """Photo by photo (n, 6) boxes of both, x1 y1 x2 y2 score label, of which those from `score` on are compared.

    `iou_50`, `iou_90`: share of their boxes that one of ours of the same label matches, None where they have none.
    `ours_iou_50`, `ours_iou_90`: share of ours that theirs match. `count_mean`, `count_mean_absolute`: their fronts
    minus ours, per photo.
    """
    figures: dict[str, Any] = {}
    ours, theirs = ([_counted(boxes, score) for boxes in each] for each in (ours, theirs))
    for iou in IOUS:
        hits = sum(_hits(own, other, iou) for own, other in zip(ours, theirs, strict=True))
        figures[f"iou_{iou * 100:.0f}"] = _share(hits, theirs)
        figures[f"ours_iou_{iou * 100:.0f}"] = _share(hits, ours)
    difference = np.array([_fronts(other) - _fronts(own) for own, other in zip(ours, theirs, strict=True)])
    figures["count_mean"] = float(difference.mean())
    figures["count_mean_absolute"] = float(np.abs(difference).mean())
    return figures


def _counted(boxes: Boxes, score: float) -> Boxes:
    kept = boxes[boxes[:, 4] >= score]
    return kept[np.argsort(-kept[:, 4], kind="stable")]


def _hits(own: Boxes, other: Boxes, iou: float) -> int:
    labels = np.unique(other[:, 5])
    pairs = (paired(own[own[:, 5] == label, :4], other[other[:, 5] == label, :4], iou) for label in labels)
    return sum(int((taken >= 0).sum()) for taken in pairs)


def _share(hits: int, boxes: Sequence[Boxes]) -> float | None:
    total = sum(map(len, boxes))
    return hits / total if total else None


def _fronts(boxes: Boxes) -> int:
    return int((boxes[:, 5] == PRODUCT).sum())
