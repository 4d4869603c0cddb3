"""`detector_shops`, averaged with the drinks' detector, taken further at a low rate with tighter views, field first.

Command: `shelfproof train detector_shops_polished`
"""

from pathlib import Path

from safetensors.torch import save_file

from datasets.field import field_photos, of_split, with_ignored
from datasets.splits import require_data
from training.configs.detector_shops import LAST as SHOPS
from training.configs.detector_shops import START as DRINKS
from training.detector import DetectorConfig, train_detector
from training.rendered import rendered_set
from training.shelves import shelf_set
from training.shops import shop_set
from training.ultralytics_offline import RUNS
from training.weights_mean import mean_weights

OLD_SHARE = 0.35  # of what the drinks' detector knows


def main(epochs: int | None = None) -> Path:
    """Trains and returns the weights."""
    photos = field_photos(require_data())
    start = RUNS / "detector_shops" / "mean.safetensors"
    save_file(mean_weights({DRINKS: OLD_SHARE, SHOPS: 1 - OLD_SHARE}), start)
    config = DetectorConfig(
        "detector_shops_polished", start, epochs or 4, learning_rate=0.0004, warmup_epochs=0.3, mosaic=0.3,
        close_mosaic=2, scale=0.3, degrees=1.0, perspective=0.0, aspect_share=0.4,
    )  # fmt: skip
    others = shop_set() + shelf_set("train")[:60] + rendered_set("train")[:20]
    return train_detector(config, others, of_split(photos, "select"), twice=with_ignored(of_split(photos, "train")))
