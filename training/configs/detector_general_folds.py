"""Two general detectors, each without the boxed photos of half of the shelves: what holds in shops never seen.

Command: `shelfproof train detector_general_folds` writes, for each photo that its detector never saw, what it finds
and whether that is right (runs/detector_general_folds.json); `python -m training.unknown_shops` prints what follows.
The recipe is `detector_general` in short.
"""

import json
from pathlib import Path

from datasets.shops import shop_photos
from datasets.splits import require_data
from training.configs.detector_general import train_general
from training.export import export_detector
from training.predict import predict, shipped_detector
from training.ultralytics_offline import RUNS
from training.unknown_shops import REPORT, found_on

GENERAL = "general"
# Parts of the photos' names, by shelf: tins, coffee and biscuits; the sweets, the eggs and the fridge are the others.
FIRST = ("161821_921", "031837", "031857", "175637", "175641")


def main(epochs: int | None = None) -> Path:
    """Trains both, reads the photos left out of each, and returns the report's path."""
    shops = shop_photos(require_data())
    report = []
    for fold in (True, False):
        folder = RUNS / f"detector_general_fold_{int(fold)}"
        learnt = [photo for photo in shops if is_first(photo.stem) is not fold]
        export_detector(train_general(folder.name, learnt, epochs or 7), folder.name, {}, folder, GENERAL)
        held_out = [photo for photo in shops if is_first(photo.stem) is fold]
        report += [found_on(photo) for photo in predict(held_out, shipped_detector(folder, GENERAL))]
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    return REPORT


def is_first(stem: str) -> bool:
    return any(part in stem for part in FIRST)
