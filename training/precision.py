"""Average precision that can be resampled: boxes are matched once, photos then weigh as often as they are drawn.

The definition is COCO's (greedy by score, 101 recalls); a test holds it to faster-coco-eval, which gives the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.detections import box_ious
from training.prediction import Prediction, take_pairs

IOUS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hits:
    """All found boxes of one class, best first.

    scores: (n,). hit: bool (10, n), whether each is a true positive at IoU .50, .55 … .95. photo: int64 (n,), index of
    its photo. labelled: int64 (photos,), true boxes of each photo.
    """

    scores: Floats
    hit: npt.NDArray[np.bool_]
    photo: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.int64]


def hits(photos: Sequence[Prediction], label: int) -> Hits:
    """Matches every photo's boxes of a class at all ten thresholds."""
    scores, hit, place, labelled = [], [], [], []
    for number, photo in enumerate(photos):
        found = photo.found.take(photo.found.labels == label)
        truth = photo.boxes[photo.labels == label]
        scores.append(found.scores.astype(np.float64))
        overlaps = box_ious(found.boxes, truth)
        hit.append(np.stack([take_pairs(overlaps, iou) >= 0 for iou in IOUS]))
        place.append(np.full(len(found), number))
        labelled.append(len(truth))
    all_scores = np.concatenate(scores)
    order = np.argsort(-all_scores, kind="stable")
    return Hits(
        all_scores[order], np.concatenate(hit, axis=1)[:, order], np.concatenate(place)[order], np.array(labelled)
    )


def average_precision(found: Hits, weights: npt.NDArray[np.int64]) -> Floats:
    """(10,) average precision at each IoU, photo i taken weights[i] times; not a number where nothing is labelled."""
    labelled = int(found.labelled @ weights)
    if labelled == 0:
        return np.full(len(IOUS), np.nan)
    weight = weights[found.photo]
    true = np.cumsum(found.hit * weight, axis=1)
    precision = true / np.maximum(np.cumsum(weight), 1)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    padded = np.concatenate([best, np.zeros((len(IOUS), 1))], axis=1)
    recall = true / labelled
    # as COCO: the first place whose recall reaches what is asked; 1e-12 for sums that are whole by rounding only
    places = [np.searchsorted(row, RECALLS - 1e-12) for row in recall]
    return np.array([row[place].mean() for row, place in zip(padded, places, strict=True)])


def intervals(found: Hits, draws: Sequence[npt.NDArray[np.int64]]) -> tuple[list[float], list[float]]:
    """95 % bootstrap intervals of AP50 and AP50-95. draws: per resample, how often each photo is drawn.

    Draws without a labelled box are left out; [0, 1] where that leaves none.
    """
    drawn = np.array([average_precision(found, weights) for weights in draws])
    drawn = drawn[~np.isnan(drawn[:, 0])]
    if not len(drawn):
        return [0.0, 1.0], [0.0, 1.0]
    low, high = np.percentile(np.stack([drawn[:, 0], drawn.mean(axis=1)], axis=1), [2.5, 97.5], axis=0)
    return [float(low[0]), float(high[0])], [float(low[1]), float(high[1])]


def photo_draws(photos: int, resamples: int, seed: int = 0) -> list[npt.NDArray[np.int64]]:
    """`resamples` times `photos` photos drawn with replacement, as counts per photo."""
    rng = np.random.default_rng(seed)
    return [np.bincount(rng.integers(0, photos, photos), minlength=photos) for _ in range(resamples)]
