"""Intervals of shares and the calibration of scores, from plain arrays."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Z = 1.96  # two-sided 95 %

Floats = npt.NDArray[np.float64]


def wilson(hits: int, of: int) -> list[float]:
    """95 % interval of a share of independent photos (Wilson 1927); [0, 1] where there is none."""
    if of == 0:
        return [0.0, 1.0]
    share, squared = hits / of, Z * Z / of
    middle = (share + squared / 2) / (1 + squared)
    half = Z / (1 + squared) * math.sqrt(share * (1 - share) / of + squared / (4 * of))
    return [max(0.0, middle - half), min(1.0, middle + half)]


def share_interval(hits: Sequence[int], of: Sequence[int], resamples: int = 2000) -> list[float]:
    """95 % bootstrap interval, over photos, of the share sum(hits) / sum(of): fronts of one photo are alike."""
    above, below = np.array(hits), np.array(of)
    drawn = np.random.default_rng(0).integers(0, len(below), (resamples, len(below)))
    shares = above[drawn].sum(axis=1) / np.maximum(below[drawn].sum(axis=1), 1)
    return [float(value) for value in np.percentile(shares, [2.5, 97.5])]


def median_interval(values: Sequence[float]) -> dict[str, float]:
    """`median` of photos with a 95 % bootstrap interval `low`, `high`."""
    drawn = np.random.default_rng(0).choice(np.asarray(values, float), (2000, len(values)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return {"median": round(float(np.median(values)), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def reliability(scores: Floats, right: npt.NDArray[np.bool_], edges: Floats) -> list[dict[str, Any]]:
    """Per bin of `edges` that holds any: `low`, `high`, `n`, mean `score` and `share` right; the last one is closed."""
    place = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, len(edges) - 2)
    bins = []
    for number in np.unique(place):
        here = place == number
        bins.append(
            {
                "low": float(edges[number]),
                "high": float(edges[number + 1]),
                "n": int(here.sum()),
                "score": float(scores[here].mean()),
                "share": float(right[here].mean()),
            }
        )
    return bins


def calibration_error(bins: Sequence[dict[str, Any]]) -> float | None:
    """Expected calibration error (Naeini et al. 2015): mean |share right - mean score|, bins weighing by their n."""
    total = sum(entry["n"] for entry in bins)
    return sum(entry["n"] * abs(entry["share"] - entry["score"]) for entry in bins) / total if total else None
