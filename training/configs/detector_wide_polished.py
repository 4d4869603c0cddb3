"""The shipped detector: `detector_wide` taken further with views that keep boxes tight, as `detector_polished` was.

Command: `shelfproof train detector_wide_polished`, then `shelfproof export` on its `weights/last.pt`.
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split, with_ignored
from training.configs import require_data
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.shelves import shelf_set
from training.ultralytics_offline import RUNS

START = RUNS / "detector_wide" / "weights" / "last.pt"


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    train = with_ignored(of_split(photos, "train")) + shelf_set("train")[:80] + rendered_set("train")[66:90]
    config = DetectorConfig(
        "detector_wide_polished", START, epochs or 4, learning_rate=0.0005, warmup_epochs=0.3, mosaic=0.0,
        close_mosaic=0, scale=0.3, degrees=0.0, perspective=0.0, aspect_share=0.4,
    )  # fmt: skip
    return train_detector(config, train + negatives(root, train=True)[::8], of_split(photos, "select"))
