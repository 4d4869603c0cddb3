"""The folds of `detector_shop_folds` by the recipe of `detector_fronts` in short: does it carry over to other shops?

Command: `shelfproof train detector_front_folds` (runs/detector_front_folds.json), then
`python -m training.unknown_shops detector_front`.
"""

from collections.abc import Sequence
from pathlib import Path

from datasets.field import negatives
from datasets.yolo import LabelledPhoto
from training.configs import require_data
from training.configs.detector_shop_folds import write_report
from training.shelves import front_shelves

SHELVES = 120


def main(epochs: int | None = None) -> Path:
    """Trains both folds and returns the report's path."""
    return write_report("detector_front", epochs or 10, _more)


def _more(name: str, shops: Sequence[LabelledPhoto]) -> list[LabelledPhoto]:
    return front_shelves(name, shops, SHELVES) + negatives(require_data(), train=True)[::8]
