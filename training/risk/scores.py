"""What a score is worth: the share of fronts that are right at it, by isotonic regression, and how far off scores are.

Pool-adjacent-violators: Zadrozny and Elkan 2002. Expected calibration error: Naeini et al. 2015, equal-width bins.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """scores: (n,) in 0..1. right: (n,) bool. photos: (n,) the photo of each, whose fronts are alike."""

    scores: Floats
    right: npt.NDArray[np.bool_]
    photos: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Isotonic:
    """A rising step function: `values[i]` from `starts[i]` on, the first value also below."""

    starts: Floats
    values: Floats

    def __call__(self, scores: Floats) -> Floats:
        """(n,) scores to (n,) probabilities."""
        place = np.searchsorted(self.starts, scores, side="right") - 1
        return self.values[np.maximum(place, 0)]


def isotonic(scores: Floats, right: npt.NDArray[np.bool_]) -> Isotonic:
    """The rising function of least squared error. scores, right: (n,), n >= 1."""
    starts, place = np.unique(scores, return_inverse=True)
    sums, sizes = np.bincount(place, right), np.bincount(place)
    blocks: list[tuple[float, float, int]] = []  # start, sum, size
    for start, total, size in zip(starts.tolist(), sums.tolist(), sizes.tolist(), strict=True):
        while blocks and blocks[-1][1] * size >= total * blocks[-1][2]:
            start, before, fronts = blocks.pop()
            total, size = before + total, fronts + size
        blocks.append((start, total, size))
    return Isotonic(np.array([block[0] for block in blocks]), np.array([block[1] / block[2] for block in blocks]))


def reliability(scored: Scored) -> list[dict[str, float]]:
    """Per bin that holds fronts: how many, their mean score, the share that is right."""
    bins = _bins(scored.scores)
    return [
        {
            "fronts": int((bins == number).sum()),
            "score": float(scored.scores[bins == number].mean()),
            "right": float(scored.right[bins == number].mean()),
        }
        for number in range(BINS)
        if (bins == number).any()
    ]


def calibration_error(scored: Scored, resamples: int = 1000) -> dict[str, Any]:
    """`ece`: mean distance of score and share right over the bins, weighted by fronts; `interval`: 95 %, over photos.

    The interval is a bootstrap (percentiles); since an ECE is never negative it leans upwards for few photos.
    """
    names, place = np.unique(scored.photos, return_inverse=True)
    cell = place * BINS + _bins(scored.scores)
    excess = np.bincount(cell, scored.scores - scored.right, len(names) * BINS).reshape(-1, BINS)
    drawn = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)
    fronts = np.bincount(place, minlength=len(names))
    draws = np.abs(drawn @ excess).sum(axis=1) / (drawn @ fronts)
    low, high = np.percentile(draws, [2.5, 97.5])
    return {"ece": float(np.abs(excess.sum(axis=0)).sum() / len(scored.scores)), "interval": [float(low), float(high)]}


def before_and_after(fitted: Scored, tested: Scored) -> dict[str, Any]:
    """Scores before and after a map fitted on one set and judged on another."""
    after = Scored(isotonic(fitted.scores, fitted.right)(tested.scores), tested.right, tested.photos)
    return {
        "fitted_fronts": len(fitted.scores),
        "photos": len(np.unique(tested.photos)),
        "fronts": len(tested.scores),
        "before": calibration_error(tested),
        "after": calibration_error(after),
        "reliability": reliability(tested),
    }


def _bins(scores: Floats) -> npt.NDArray[np.int64]:
    return np.clip((scores * BINS).astype(np.int64), 0, BINS - 1)
