"""The shipped detector: `detector_mixed` taken further with views that keep boxes tight.

Turned and warped views loosen boxes (the box around a turned box is larger than the box of the turned front), and
mosaics show fronts at half their size: both help at first and cost tightness in the end, so they are off here.

Command: `shelfproof train detector_polished`, then `shelfproof export runs/detector_polished/weights/best.pt …`.
The best epoch on select was the fifth of ten.
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split
from datasets.splits import require_data
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.ultralytics_offline import RUNS

START = RUNS / "detector_mixed" / "weights" / "last.pt"


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    train = of_split(photos, "train") + negatives(root, train=True)[::8] + rendered_set("train")[66:106]
    config = DetectorConfig(
        "detector_polished", START, epochs or 10, learning_rate=0.0005, warmup_epochs=0.3, mosaic=0.0, close_mosaic=0,
        scale=0.3, degrees=0.0, perspective=0.0, aspect_share=0.4,
    )  # fmt: skip
    return train_detector(config, train, of_split(photos, "select"))
