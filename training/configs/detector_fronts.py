"""`detector_shops` for longer, on shelves drawn with whole real fronts: more of other shops, less of the field.

Command: `shelfproof train detector_fronts`; not shipped: what came of it stands in training/LOG.md.
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split, with_ignored
from datasets.shops import shop_photos
from training.configs import require_data
from training.configs.detector_shops import START
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.shelves import front_shelves
from training.shops import shop_set

SHELVES = 320


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    others = shop_set() + front_shelves("fronts", shop_photos(root), SHELVES)
    others += rendered_set("train")[:40] + negatives(root, train=True)[::8]
    config = DetectorConfig(
        "detector_fronts", START, epochs or 20, learning_rate=0.001, warmup_epochs=0.3, mosaic=0.5, close_mosaic=4,
        scale=0.4, degrees=1.5, aspect_share=0.5,
    )  # fmt: skip
    field = with_ignored(of_split(photos, "train"))
    return train_detector(config, others, of_split(photos, "select"), twice=field)
