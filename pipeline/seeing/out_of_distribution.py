"""Whether a photo's goods are such as the detector knows; where they are not, the general detector finds the fronts."""

import numpy as np

from models.detections import PRODUCT, Detections, box_ious
from models.detector import NMS_IOU, suppress
from pipeline.seeing.fronts import countable
from pipeline.thresholds import (
    OOD_SEEN_MIN,
    SCENE_FRONTS_MIN,
    SCORE_BEST,
    SCORE_MAYBE,
    SCORE_SURE,
    STRONG_SCORE_MIN,
    STRONG_SCORE_QUANTILE,
    WEAK_SHARE_MAX,
)

# The scores, at most, of a front that the detector alone sees, and of one of which it is not sure.
ALONE_MAX, UNSURE_MAX = SCORE_BEST - 0.01, SCORE_SURE - 0.01


def is_out_of_distribution(found: Detections) -> bool:
    """Whether there is a display of whose fronts the detector is less certain than at home, where few are weak and the
    best are strong. Clutter is no display.
    """
    if len(countable(found, OOD_SEEN_MIN)) < SCENE_FRONTS_MIN:
        return False
    return weak_share(found) > WEAK_SHARE_MAX or strong_score(found) < STRONG_SCORE_MIN


def strong_score(found: Detections) -> float:
    """What the best of the fronts that may count score: a quantile; 1 where there is none."""
    scores = found.scores[countable(found, SCORE_MAYBE)]
    return float(np.quantile(scores, STRONG_SCORE_QUANTILE)) if len(scores) else 1.0


def weak_share(found: Detections) -> float:
    """Of the fronts that may count, how many do not count in best; 0 where there is none."""
    scores = found.scores[countable(found, SCORE_MAYBE)]
    return float((scores < SCORE_BEST).mean()) if len(scores) else 0.0


def with_fronts(found: Detections, others: Detections) -> Detections:
    """Coolers of `found`, fronts of `others`, the general detector's.

    A front is sure only where `found` is sure of it and the others count it, so that no more fronts are sure than
    without them, by the counting that ships; one that `found` alone sees counts in high, no further.
    """
    own, seen = found.take(found.labels == PRODUCT), others.take(others.labels == PRODUCT)
    overlaps = box_ious(seen.boxes, own.boxes)
    nearest = (overlaps >= NMS_IOU) & (
        overlaps == overlaps.max(axis=0, keepdims=True, initial=0)
    )  # one answers for one
    before = (nearest * own.scores).max(axis=1, initial=0)
    sure = (before >= SCORE_SURE) & (seen.scores >= SCORE_BEST)
    fused = np.where(sure, np.maximum(before, seen.scores), np.minimum(seen.scores, UNSURE_MAX))
    coolers = found.take(found.labels != PRODUCT)
    return suppress(
        np.concatenate([coolers.boxes, seen.boxes, own.boxes]),
        np.concatenate([coolers.scores, fused, np.minimum(own.scores, ALONE_MAX)]).astype(np.float32),
        np.concatenate([coolers.labels, seen.labels, own.labels]),
        complete=found.complete and others.complete,
    )
