"""Two detectors, each without the boxed photos of some shelves, to set by these what counts in shops never seen.

Command: `shelfproof train detector_shop_folds` writes, for each photo that its detector never saw, how many fronts it
finds from each score (runs/detector_shop_folds.json). The recipe is `detector_shops` in short, averaged with its start.
"""

import json
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from datasets.field import IGNORED, field_photos, of_split, with_ignored
from datasets.shops import shop_photos
from models.detections import PRODUCT
from pipeline.familiar import strong_score
from pipeline.thresholds import SCORE_MAYBE
from training.configs import require_data
from training.configs.detector_shops import START
from training.configs.detector_shops_polished import OLD_SHARE
from training.detector import DetectorConfig, train_detector
from training.export import export_detector
from training.judge import judge, shipped_detector
from training.judged import Judged, paired
from training.rendered import rendered_set
from training.shelves import fold_shelves
from training.shops import shop_set
from training.ultralytics_offline import RUNS
from training.weights_mean import mean_weights

# Parts of the photos' names, by shelf: tins, coffee and biscuits; the sweets, the eggs and the fridge are the others.
FIRST = ("161821_921", "031837", "031857", "175637", "175641")
LEAST = 0.02  # of the scores that are kept


def main(epochs: int | None = None) -> Path:
    """Trains both, reads the photos left out of each, and returns the report's path."""
    root = require_data()
    photos = field_photos(root)
    common = with_ignored(of_split(photos, "train")) + rendered_set("train")[:20]
    report = []
    for fold in (True, False):
        name = f"detector_shop_fold_{int(fold)}"
        config = DetectorConfig(
            name, START, epochs or 10, learning_rate=0.001, warmup_epochs=0.3, mosaic=0.5, close_mosaic=2,
            scale=0.4, degrees=1.5, aspect_share=0.5,
        )  # fmt: skip
        shops = [photo for photo in shop_photos(root) if _is_first(photo.stem) is not fold]
        parts = [photo for photo in shop_set() if _is_first(photo.stem) is not fold]
        train = common + parts + fold_shelves(name, shops)
        last = train_detector(config, train, of_split(photos, "select")[:4]).with_name("last.pt")
        folder = RUNS / name
        file = folder / "mean.safetensors"
        save_file(mean_weights({START: OLD_SHARE, last: 1 - OLD_SHARE}), file)
        export_detector(file, name, {}, folder)
        held_out = [photo for photo in shop_photos(root) if _is_first(photo.stem) is fold]
        report += [counted(photo) for photo in judge(held_out, shipped_detector(folder))]
    target = RUNS / "detector_shop_folds.json"
    target.write_text(json.dumps(report, indent=1) + "\n")
    return target


def counted(photo: Judged) -> dict[str, Any]:
    """Fronts boxed, the fronts found, best first, and the strong scores' quantile by which photos are familiar.

    found: [score, 1 on a boxed front, 0 on nothing, -1 on what is unclear].
    """
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
        "strong": round(strong_score(photo.found, SCORE_MAYBE), 3),
        "found": [[round(float(score), 4), kind] for score, kind in zip(scores, right.tolist(), strict=True)],
    }


def _is_first(stem: str) -> bool:
    return any(part in stem for part in FIRST)
