"""The general detector: goods of every kind, for photos whose goods the drinks' detector does not know.

It learns from the boxed shop photos and from photos of the field and of these shops whose fronts were given other goods
(`training.swapped`), with strong changes of colour, so that it cannot learn what goods look like, only what makes a
front on a shelf. It is not asked to be exact on the field, where the other detector reads.

Some 25 minutes on two cores with AMX; scores by `detector_general_folds`, training/LOG.md.

Command: `shelfproof train detector_general`, then `shelfproof export runs/detector_general/weights/last.pt
--network general --version 1 --details training/configs/general.json`.
"""

from collections.abc import Sequence
from pathlib import Path

from datasets.field import field_photos, negatives, of_split, with_ignored
from datasets.shops import shop_photos
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto
from training.configs.detector_shops import START
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.shelves import front_shelves
from training.shops import of_shops, shop_set
from training.swapped import swapped_set

PARTS, SHELVES, RENDERED = 16, 100, 106


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    return train_general("detector_general", shop_photos(require_data()), epochs or 10)


def train_general(name: str, shops: Sequence[LabelledPhoto], epochs: int) -> Path:
    """The recipe on these boxed shop photos, as run `name`; returns the weights of its last epoch."""
    root = require_data()
    photos = field_photos(root)
    field = with_ignored(of_split(photos, "train"))
    parts = of_shops(shop_set(PARTS), shops)
    train = [
        *field,
        *parts,
        *swapped_set(f"{name}_shops", parts, shops, times=2),
        *swapped_set(f"{name}_field", field, shops, times=1),
        *front_shelves(name, shops, SHELVES),
        *rendered_set("train")[:RENDERED],
        *negatives(root, train=True)[::8],
    ]
    config = DetectorConfig(
        name, START, epochs, learning_rate=0.001, warmup_epochs=0.3, mosaic=0.5, close_mosaic=max(1, epochs // 4),
        shear=6.0, perspective=0.0006, aspect_share=0.5, colours=(0.08, 0.8, 0.5),
    )  # fmt: skip
    return train_detector(config, train, of_split(photos, "select")[:4]).with_name("last.pt")
