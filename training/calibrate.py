"""Proposes the counting thresholds of `pipeline/thresholds.py` from photos that did not train the detector.

Command: `python -m training.calibrate` (splits calibration and select; the test split is only reported on).
`best` makes the mean absolute count error least. `sure` is the least score at which `low` exceeds the truth on at
most 2.5 % of the photos, `maybe` the greatest at which `high` falls short of it on at most 2.5 %. The truth of a field
photo is its labels and the clear fronts that these leave out (datasets/unboxed_fronts.md).
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.field import field_photos, negatives, of_split
from datasets.splits import data_root
from datasets.unboxed import unboxed_fronts
from models.detections import COOLER, PRODUCT
from pipeline.thresholds import SCORE_BEST, SCORE_MAYBE, SCORE_SURE
from training.evaluate import Prediction, matches
from training.predict import predict, shipped_detector
from training.rendered import rendered_set

SCORES = np.round(np.arange(0.05, 0.951, 0.01), 2)
MISS_SHARE_MAX = 0.025


def count_table(photos: Sequence[Prediction]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(found (photos, scores), true (photos,)): fronts at each score of SCORES, and labelled fronts."""
    found = [
        [int(((photo.found.labels == PRODUCT) & (photo.found.scores >= score)).sum()) for score in SCORES]
        for photo in photos
    ]
    unboxed = unboxed_fronts()
    more = [sum(kind == "front" for _box, kind in unboxed.get(Path(photo.name).stem, [])) for photo in photos]
    return np.array(found), np.array([int((photo.labels == PRODUCT).sum()) for photo in photos]) + np.array(more)


def propose(photos: Sequence[Prediction]) -> dict[str, float]:
    """`sure`, `best`, `maybe`: scores for the three bounds of a count of fronts."""
    found, true = count_table(photos)
    best = int(np.abs(found - true[:, None]).mean(axis=0).argmin())
    over = (found > true[:, None]).mean(axis=0) <= MISS_SHARE_MAX
    under = (found < true[:, None]).mean(axis=0) <= MISS_SHARE_MAX
    sure = float(SCORES[over][0]) if over.any() else float(SCORES[-1])
    maybe = float(SCORES[under][-1]) if under.any() else float(SCORES[0])
    return {"sure": max(sure, float(SCORES[best])), "best": float(SCORES[best]), "maybe": maybe}


def coverage(photos: Sequence[Prediction], thresholds: dict[str, float]) -> dict[str, float]:
    """Share of photos whose true count lies in [low, high], mean width, and mean absolute error of best."""
    found, true = count_table(photos)
    low, best, high = (found[:, np.searchsorted(SCORES, thresholds[key])] for key in ("sure", "best", "maybe"))
    return {
        "photos": len(photos),
        "inside": float(((low <= true) & (true <= high)).mean()),
        "width": float((high - low).mean()),
        "fronts": float(true.mean()),
        "best_mean_absolute_error": float(np.abs(best - true).mean()),
    }


def cooler_table(photos: Sequence[Prediction], none_there: Sequence[Prediction]) -> list[dict[str, float]]:
    """Precision and recall of coolers at IoU 0.5, and false coolers per negative photo, by score."""
    rows = []
    for score in (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75):
        hits, found, true = np.sum([matches(photo, COOLER, score) for photo in photos], axis=0)
        false = sum(matches(photo, COOLER, score)[1] > 0 for photo in none_there)
        rows.append(
            {
                "score": score,
                "precision": hits / max(found, 1),
                "recall": hits / max(true, 1),
                "false_share": false / max(len(none_there), 1),
            }
        )
    return rows


def main() -> None:
    root = data_root()
    if root is None:
        raise SystemExit("field photos not found: set SHELFPROOF_DATA")
    detector, photos = shipped_detector(), field_photos(root)
    held_out = predict(of_split(photos, "calibration") + of_split(photos, "select"), detector)
    thresholds = propose(held_out)
    served = {"sure": SCORE_SURE, "best": SCORE_BEST, "maybe": SCORE_MAYBE}
    rendered = predict(rendered_set("test"), detector)
    report = {
        "proposed": {"field": thresholds, "rendered": propose(rendered)},
        "calibration": coverage(held_out, served),
        "rendered": coverage(rendered, served),
        "test": coverage(predict(of_split(photos, "test"), detector), served),
        "cooler": cooler_table(held_out, predict(negatives(root, train=False), detector)),
    }
    print(json.dumps(report, indent=1, default=float))


if __name__ == "__main__":
    main()
