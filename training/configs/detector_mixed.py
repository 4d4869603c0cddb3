"""`detector_field` taken further on field photos, rendered photos and negatives.

Command: `shelfproof train detector_mixed`
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split
from training.configs import require_data
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.ultralytics_offline import RUNS

START = RUNS / "detector_field" / "weights" / "last.pt"


def main(epochs: int | None = None, rendered: bool = True, name: str = "detector_mixed") -> Path:
    """Trains and returns the weights; `rendered=False` is the control of the same length without rendered photos."""
    root = require_data()
    photos = field_photos(root)
    train = of_split(photos, "train") + negatives(root, train=True)[::4]
    config = DetectorConfig(
        name, START, epochs or 12, learning_rate=0.0005, warmup_epochs=0.3, close_mosaic=5, mosaic=0.6
    )
    return train_detector(config, train + (rendered_set("train")[:66] if rendered else []), of_split(photos, "select"))
