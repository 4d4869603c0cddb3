"""`detector_shops` for longer, on shelves drawn with whole real fronts: more of other shops, less of the field.

Command: `shelfproof train detector_fronts`; not shipped: what came of it stands in training/LOG.md.
"""

from pathlib import Path

from datasets.shops import shop_photos
from training.configs import require_data
from training.configs.detector_shops import train_with
from training.shelves import front_shelves

SHELVES = 320


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    return train_with("detector_fronts", front_shelves("fronts", shop_photos(require_data()), SHELVES), epochs or 20)
