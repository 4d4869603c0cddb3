"""What the general detector finds on shelves that it never saw, and from which score its fronts should count.

Command: `python -m training.unknown_shops`, after `shelfproof train detector_general_folds` (seconds). The truth is
what was boxed, 1.06 times: fronts counted by eye are 1.14 times as many as boxed ones where both are known
(datasets/shop_fronts.md), and of what is unclear half is taken for fronts.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datasets.field import IGNORED
from models.detections import PRODUCT
from training.prediction import Prediction, paired
from training.ultralytics_offline import RUNS

REPORT: Path = RUNS / "detector_general_folds.json"
LEAST = 0.02  # of the scores that are kept
BOXED_TO_TRUE, NEAR = 1.06, 0.15
SCORES = (0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.42, 0.44, 0.46, 0.5, 0.55, 0.6, 0.7, 0.8, 0.82, 0.85)


def found_on(photo: Prediction) -> dict[str, Any]:
    """Fronts boxed, and those found, best first: [score, 1 on a boxed front, 0 on nothing, -1 on what is unclear]."""
    keep = (photo.found.labels == PRODUCT) & (photo.found.scores >= LEAST)
    boxes, scores = photo.found.boxes[keep], photo.found.scores[keep]
    fronts, unclear = (photo.boxes[photo.labels == kind] for kind in (PRODUCT, IGNORED))
    right = (paired(fronts, boxes) >= 0).astype(int)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    inside = (unclear[None, :, :2] <= middle[:, None]) & (middle[:, None] <= unclear[None, :, 2:])
    right[(right == 0) & inside.all(axis=2).any(axis=1)] = -1
    return {
        "photo": photo.name,
        "boxed": len(fronts),
        "found": [[round(float(score), 4), kind] for score, kind in zip(scores, right.tolist(), strict=True)],
    }


def average_precision(photos: Sequence[Mapping[str, Any]]) -> float:
    """Area under precision over recall of all photos' fronts at an IoU of 0.5; what is unclear is left out."""
    ranked = sorted(((score, kind) for photo in photos for score, kind in photo["found"] if kind >= 0), reverse=True)
    right = np.array([kind for _, kind in ranked])
    precision = np.maximum.accumulate((right.cumsum() / np.arange(1, len(right) + 1))[::-1])[::-1]
    return float((precision * right).sum() / sum(photo["boxed"] for photo in photos))


def counted(photos: Sequence[Mapping[str, Any]], score: float) -> dict[str, float]:
    """How counts from a score agree: photos near the truth, the mean of |log(count ÷ truth)|, photos that reach the
    truth, and the share of what is found that is a front or unclear.
    """
    kinds = [[kind for each, kind in photo["found"] if each >= score] for photo in photos]
    ratios = np.array([max(len(found), 0.5) / photo["boxed"] for found, photo in zip(kinds, photos, strict=True)])
    ratios = ratios / BOXED_TO_TRUE
    every = [kind for found in kinds for kind in found]
    return {
        "near": int((np.abs(ratios - 1) <= NEAR).sum()),
        "of": len(photos),
        "mean_log_error": round(float(np.abs(np.log(ratios)).mean()), 3),
        "reached": int((ratios >= 1).sum()),
        "right": round(float(np.mean([kind != 0 for kind in every])), 3) if every else 1.0,
    }


def main() -> None:
    photos = json.loads(REPORT.read_text())
    table = {f"from {score}": counted(photos, score) for score in SCORES}
    print(json.dumps({"average_precision": round(average_precision(photos), 3), "counts": table}, indent=1))


if __name__ == "__main__":
    main()
