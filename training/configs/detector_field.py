"""Detector on the field photos alone (train split) and half of the negatives: the baseline.

Command: `python -m training.configs.detector_field`
"""

import sys

from datasets.field import field_photos, negatives, of_split
from datasets.splits import data_root
from training.detector import DetectorConfig, train_detector


def main(epochs: int = 24) -> None:
    root = data_root()
    if root is None:
        raise SystemExit("field photos not found: set SHELFPROOF_DATA")
    photos = field_photos(root)
    start = root.parent / "weights" / "yolo11n_coco.safetensors"
    config = DetectorConfig("detector_field", start, epochs)
    few = negatives(root, train=True)[::3]  # a third of them: they are easy and cost time
    print(train_detector(config, of_split(photos, "train") + few, of_split(photos, "select")))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
