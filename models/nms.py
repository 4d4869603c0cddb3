"""Non-maximum suppression for thousands of small boxes: the result of the greedy loop, without the loop."""

import numpy as np
import numpy.typing as npt

from models.detections import Boxes


def non_max(
    boxes: Boxes, scores: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], iou: float
) -> npt.NDArray[np.int64]:
    """Positions that greedy NMS per label keeps, best first; ties go to the earlier row.

    boxes: (n, 4) x1 y1 x2 y2. A box goes where a kept, better one of its label overlaps it by more than `iou`.
    In each round all boxes without an undecided better neighbour are kept, and what they overlap goes: the outcome of
    the greedy loop, in as many rounds as its longest chain of decisions.
    """
    order = np.argsort(-scores, kind="stable")
    better, worse = _overlapping(boxes[order], labels[order], iou) if len(order) else (order, order)
    gone = np.zeros(len(order), bool)
    while len(better):
        blocked = np.zeros(len(order), bool)
        blocked[worse] = True
        gone[worse[~blocked[better]]] = True
        open_ = blocked[better] & ~gone[better] & ~gone[worse]
        better, worse = better[open_], worse[open_]
    return order[~gone]


def _overlapping(
    boxes: Boxes, labels: npt.NDArray[np.int64], iou: float
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """All pairs (i < j) of one label whose IoU exceeds `iou`.

    IoU is at most (shared width) ÷ (greater width), and the same in height. So the centres of such a pair are at most
    (1 - iou) / iou widths of either box apart, and only a window of the boxes sorted by x need be looked at.
    """
    reach = np.float32((1 - iou) / iou * (1 + 1e-4))
    apart = 4 * (np.ptp(boxes[:, 0::2]) + 1)  # between labels: no window reaches across
    key = (boxes[:, 0] + boxes[:, 2]) / 2 + labels * apart
    by_x = np.argsort(key, kind="stable").astype(np.int32)
    key, (x1, y1, x2, y2) = key[by_x], boxes[by_x].T
    width, height, cy = x2 - x1, y2 - y1, (y1 + y2) / 2
    starts = np.arange(1, len(by_x) + 1, dtype=np.int32)
    ends = np.searchsorted(key, key + reach * width + 1e-3, side="right").astype(np.int32)
    lengths = np.maximum(ends - starts, 0)
    one = np.repeat(starts - 1, lengths)
    two = np.arange(len(one), dtype=np.int32) + np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    near = np.flatnonzero(np.abs(cy[one] - cy[two]) <= (reach * height + 1e-3)[one])
    one, two = one[near], two[near]
    shared = np.maximum(np.minimum(x2[one], x2[two]) - np.maximum(x1[one], x1[two]), 0)
    shared *= np.maximum(np.minimum(y2[one], y2[two]) - np.maximum(y1[one], y1[two]), 0)
    area = width * height
    hit = shared > iou * (area[one] + area[two] - shared)
    one, two = by_x[one[hit]], by_x[two[hit]]
    return np.minimum(one, two), np.maximum(one, two)
