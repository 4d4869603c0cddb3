"""Detector on the field photos alone (train split) and a third of the training negatives: the baseline.

Command: `shelfproof train detector_field`
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split
from datasets.splits import require_data
from training.configs import coco_weights
from training.detector import DetectorConfig, train_detector


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    start = coco_weights()
    few = negatives(root, train=True)[::3]  # they are easy and cost time
    config = DetectorConfig("detector_field", start, epochs or 24)
    return train_detector(config, of_split(photos, "train") + few, of_split(photos, "select"))
