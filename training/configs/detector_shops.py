"""The drinks' detector taken to goods of every kind, jointly with the field photos.

It sees boxed photos of Norwegian and Japanese shops, drawn shelves whose packs carry pieces of real ones, rendered
displays and the field photos, these twice an epoch; fronts that the field labels leave out are ignored.

Command: `shelfproof train detector_shops`; its `weights/last.pt` is a part of `detector_averaged`, which ships.
"""

from pathlib import Path

from datasets.field import field_photos, negatives, of_split, with_ignored
from datasets.splits import require_data
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.shelves import shelf_set
from training.shops import shop_set
from training.ultralytics_offline import RUNS

START = Path(__file__).resolve().parents[1] / "weights" / "detector_drinks.safetensors"
LAST = RUNS / "detector_shops" / "weights" / "last.pt"


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    root = require_data()
    photos = field_photos(root)
    others = shop_set() + shelf_set("train")[:240] + rendered_set("train")[:40] + negatives(root, train=True)[::8]
    config = DetectorConfig(
        "detector_shops", START, epochs or 12, learning_rate=0.001, warmup_epochs=0.3, mosaic=0.5, close_mosaic=4,
        scale=0.4, degrees=1.5, aspect_share=0.5,
    )  # fmt: skip
    field = with_ignored(of_split(photos, "train"))
    return train_detector(config, others, of_split(photos, "select"), twice=field)
