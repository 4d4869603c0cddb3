"""Counting thresholds from photos whose right answer is known."""

import numpy as np

from models.detections import Detections
from training.calibrate import coverage, propose
from training.evaluate import Prediction


def photo(true: int, scores: list[float]) -> Prediction:
    boxes = np.array([[10.0 * i, 0, 10 * i + 8, 20] for i in range(max(true, len(scores)))])
    ranked = np.array(sorted(scores, reverse=True), np.float32)
    found = Detections(boxes[: len(scores)].astype(np.float32), ranked, np.zeros(len(scores), np.int64), True)
    return Prediction("p", 100, 30, boxes[:true], np.zeros(true, np.int64), found)


def test_thresholds_separate_what_the_scores_separate() -> None:
    photos = [photo(3, [0.9, 0.8, 0.7, 0.2]), photo(2, [0.9, 0.75, 0.3])]
    thresholds = propose(photos)
    assert 0.3 < thresholds["best"] <= 0.7
    assert 0.3 < thresholds["maybe"] <= 0.7
    assert coverage(photos, thresholds) == {
        "photos": 2, "inside": 1.0, "width": 0.0, "fronts": 2.5, "best_mean_absolute_error": 0.0,
    }  # fmt: skip


def test_overlapping_scores_widen_the_interval_instead_of_lying() -> None:
    rng = np.random.default_rng(0)
    photos = [
        photo(6, [*rng.uniform(0.3, 0.9, 6).tolist(), *rng.uniform(0.06, 0.5, int(rng.integers(0, 3))).tolist()])
        for _ in range(60)
    ]
    thresholds = propose(photos)
    assert thresholds["maybe"] < thresholds["best"] <= thresholds["sure"]
    report = coverage(photos, thresholds)
    assert report["inside"] >= 0.95
    assert report["width"] > 0
