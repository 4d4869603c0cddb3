"""From which score fronts count on one photo: lower where the shop is none such as the detector knows."""

from dataclasses import replace

import numpy as np

from models.detections import Detections
from pipeline.recognise import countable
from pipeline.thresholds import (
    COUNTING,
    FAMILIAR,
    FAMILIAR_QUANTILE,
    UNFAMILIAR_BEST_MIN,
    UNFAMILIAR_BEST_SHARE,
    UNFAMILIAR_MAYBE,
    Counting,
)


def counting_of(found: Detections, counting: Counting = COUNTING) -> Counting:
    """`counting` for a photo: as it is where the strong scores of its fronts are such as the detector gives at home.

    Elsewhere best and high begin lower; low does not, since a high score is as right there as here.
    """
    strong = strong_score(found, counting.maybe)
    if strong >= FAMILIAR:
        return counting
    maybe = min(counting.maybe, UNFAMILIAR_MAYBE)
    lower = max(UNFAMILIAR_BEST_MIN, UNFAMILIAR_BEST_SHARE * strong)
    return replace(counting, best=min(counting.best, lower), maybe=maybe)


def strong_score(found: Detections, maybe: float) -> float:
    """What the best of the fronts that may count, those from `maybe`, score: a quantile; 1 where there is none."""
    scores = found.scores[countable(found, maybe)]
    return float(np.quantile(scores, FAMILIAR_QUANTILE)) if len(scores) else 1.0
