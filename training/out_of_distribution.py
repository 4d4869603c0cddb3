"""On which photos the detector seems to know the goods, and how near these and the others are to the limits.

Command: `python -m training.out_of_distribution` (a minute; one JSON object a line). Each photo at the first pass, by
the detector that ships: it never saw the held-out field photos, the rendered ones and the fruit; it learnt the field's
train photos, and the boxed shop photos, on which it is therefore more certain than in a shop that it has not seen.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from datasets.field import field_photos, negatives, of_split
from datasets.shops import shop_photos
from datasets.splits import require_data
from models.detections import Detections
from pipeline.seeing.fronts import countable
from pipeline.seeing.out_of_distribution import is_out_of_distribution, strong_score, weak_share
from pipeline.thresholds import SCENE_FRONTS_MIN
from training.predict import predict, shipped_detector
from training.rendered import rendered_set


def figures(photos: Sequence[Detections]) -> dict[str, Any]:
    """How many photos the general detector would read, and quantiles of the three values that decide it."""
    return {
        "photos": len(photos),
        "unknown": sum(is_out_of_distribution(found) for found in photos),
        "strong_score": quantiles([strong_score(found) for found in photos]),
        "weak_share": quantiles([weak_share(found) for found in photos]),
        "third_front": quantiles([score_of(SCENE_FRONTS_MIN, found) for found in photos]),
    }


def score_of(rank: int, found: Detections) -> float:
    """Of the front of that rank, 1 is the best; 0 where there are fewer."""
    scores = found.scores[countable(found, 0.0)]
    return float(scores[rank - 1]) if len(scores) >= rank else 0.0


def quantiles(values: Sequence[float]) -> list[float]:
    """Least, 10 %, half, 90 %, greatest."""
    return [round(float(value), 2) for value in np.quantile(values, (0, 0.1, 0.5, 0.9, 1))]


def main() -> None:
    root = require_data()
    field = field_photos(root)
    sets = {
        "field, select and calibration": [*of_split(field, "select"), *of_split(field, "calibration")],
        "field, train": of_split(field, "train"),
        "rendered": rendered_set("test"),
        "fruit": negatives(root, train=False),
        "boxed shop photos, learnt": shop_photos(root),
    }
    detector = shipped_detector()
    for name, photos in sets.items():
        print(json.dumps({"set": name, **figures([photo.found for photo in predict(photos, detector, name)])}))


if __name__ == "__main__":
    main()
