"""From which score fronts count on one photo: lower where the shop is none such as the detector knows."""

from dataclasses import replace

import numpy as np

from models.detections import COOLER, Detections
from pipeline.recognise import countable
from pipeline.thresholds import (
    COUNTING,
    FAMILIAR,
    FAMILIAR_QUANTILE,
    SCENE_FRONTS_MIN,
    UNFAMILIAR_BEST_MIN,
    UNFAMILIAR_BEST_SHARE,
    UNFAMILIAR_MAYBE,
    UNFAMILIAR_SEEN_MIN,
    Counting,
)


def counting_of(found: Detections, counting: Counting = COUNTING) -> Counting:
    """`counting` for a photo: as it is where the strong scores of its fronts are such as the detector gives at home.

    Elsewhere high begins lower, and best where enough fronts are seen to make a display: clutter makes none. Low does
    not, since a high score is as right there as here.
    """
    strong = strong_score(found, counting.maybe)
    if strong >= FAMILIAR:
        return counting
    wider = replace(counting, maybe=min(counting.maybe, UNFAMILIAR_MAYBE))
    if len(countable(found, UNFAMILIAR_SEEN_MIN)) < SCENE_FRONTS_MIN:
        return wider
    lower = max(UNFAMILIAR_BEST_MIN, UNFAMILIAR_BEST_SHARE * strong)
    return replace(wider, best=min(counting.best, lower))


def certainties(found: Detections, counting: Counting) -> tuple[str | None, ...]:
    """Per detection, see `Counting.certainty`."""
    return tuple(
        counting.certainty(score, label == COOLER)
        for score, label in zip(found.scores.tolist(), found.labels.tolist(), strict=True)
    )


def strong_score(found: Detections, maybe: float) -> float:
    """What the best of the fronts that may count, those from `maybe`, score: a quantile; 1 where there is none."""
    scores = found.scores[countable(found, maybe)]
    return float(np.quantile(scores, FAMILIAR_QUANTILE)) if len(scores) else 1.0
