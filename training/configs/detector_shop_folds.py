"""Two detectors, each without the boxed photos of some shelves, to set by these what counts in shops never seen.

Command: `shelfproof train detector_shop_folds` writes, for each photo that its detector never saw, what it finds and
whether that is right (runs/detector_shop_folds.json); `python -m training.unknown_shops` prints what follows from it.
The recipe is `detector_shops` in short, averaged with its start.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from safetensors.torch import save_file

from datasets.field import field_photos, of_split, with_ignored
from datasets.shops import shop_photos
from datasets.yolo import LabelledPhoto
from training.configs import require_data
from training.configs.detector_shops import START
from training.configs.detector_shops_polished import OLD_SHARE
from training.detector import DetectorConfig, train_detector
from training.export import export_detector
from training.judge import judge, shipped_detector
from training.rendered import rendered_set
from training.shops import shop_set
from training.ultralytics_offline import RUNS
from training.unknown_shops import found_on
from training.weights_mean import mean_weights

# Parts of the photos' names, by shelf: tins, coffee and biscuits; the sweets, the eggs and the fridge are the others.
FIRST = ("161821_921", "031837", "031857", "175637", "175641")


def main(epochs: int | None = None) -> Path:
    """Trains both, reads the photos left out of each, and returns the report's path."""
    return write_report("detector_shop", epochs or 6)


def write_report(
    name: str, epochs: int, more: Callable[[str, Sequence[LabelledPhoto]], list[LabelledPhoto]] | None = None
) -> Path:
    """As `main`, under `name`. more: photos that a fold trains on too, by the fold's name and its shop photos."""
    root = require_data()
    photos, shops = field_photos(root), shop_photos(root)
    common = with_ignored(of_split(photos, "train")) + rendered_set("train")[:20]
    report = []
    for fold in (True, False):
        folder = RUNS / f"{name}_fold_{int(fold)}"
        config = DetectorConfig(
            folder.name, START, epochs, learning_rate=0.001, warmup_epochs=0.3, mosaic=0.5, close_mosaic=2,
            scale=0.4, degrees=1.5, aspect_share=0.5,
        )  # fmt: skip
        train = common + [photo for photo in shop_set() if _is_first(photo.stem) is not fold]
        if more is not None:
            train += more(folder.name, [photo for photo in shops if _is_first(photo.stem) is not fold])
        last = train_detector(config, train, of_split(photos, "select")[:4]).with_name("last.pt")
        file = folder / "mean.safetensors"
        save_file(mean_weights({START: OLD_SHARE, last: 1 - OLD_SHARE}), file)
        export_detector(file, folder.name, {}, folder)
        held_out = [photo for photo in shops if _is_first(photo.stem) is fold]
        report += [found_on(photo) for photo in judge(held_out, shipped_detector(folder))]
    target = RUNS / f"{name}_folds.json"
    target.write_text(json.dumps(report, indent=1) + "\n")
    return target


def _is_first(stem: str) -> bool:
    return any(part in stem for part in FIRST)
