"""The detector of drinks taken further to goods of every kind: supermarket shelves drawn with pieces of real photos.

The field photos' unlabelled fronts are ignored, so that a competitor's front no longer teaches that it is none.

Command: `shelfproof train detector_wide`
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split, with_ignored
from training.configs import require_data
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.shelves import shelf_set

START = Path(__file__).resolve().parents[1] / "weights" / "detector_drinks.safetensors"


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    train = with_ignored(of_split(photos, "train")) + shelf_set("train") + rendered_set("train")[:40]
    config = DetectorConfig(
        "detector_wide", START, epochs or 6, learning_rate=0.001, warmup_epochs=0.3, mosaic=0.5, close_mosaic=2,
        aspect_share=0.5,
    )  # fmt: skip
    return train_detector(config, train + negatives(root, train=True)[::8], of_split(photos, "select"))
