"""`detector_field` taken further on field photos, rendered photos and negatives.

Command: `shelfproof train detector_mixed`
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split
from datasets.splits import require_data
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.ultralytics_offline import RUNS

START = RUNS / "detector_field" / "weights" / "last.pt"


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    train = of_split(photos, "train") + negatives(root, train=True)[::4] + rendered_set("train")[:66]
    config = DetectorConfig(
        "detector_mixed", START, epochs or 12, learning_rate=0.0005, warmup_epochs=0.3, close_mosaic=5, mosaic=0.6
    )
    return train_detector(config, train, of_split(photos, "select"))
