"""Boxed shop photos for training the detector: each whole and in parts, so that its fronts come large and small.

Command: `python -m training.shops` writes runs/data/shops (seconds).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.crops import Image, cut, read_image
from datasets.field import IGNORED, write_yolo
from datasets.shops import shop_photos
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto, read_split
from models.detections import PRODUCT
from training.ultralytics_offline import RUNS

PARTS, SEED = 8, 7
WIDTH = (300.0, 900.0)  # pixels of a part, drawn evenly on a log scale
ASPECT = (0.75, 1.35)  # height ÷ width of a part
VISIBLE_MIN = 0.5  # share of a front inside a part from which it is learnt there, else it is ignored


def shop_set(parts: int = PARTS) -> list[LabelledPhoto]:
    """Photos and `parts` of each; cut on the first call, read from runs/data afterwards. What is unclear has class
    IGNORED.
    """
    directory: Path = RUNS / "data" / ("shops" if parts == PARTS else f"shops_{parts}")
    if not (directory / "data.yaml").is_file():
        write_yolo(_cut(require_data(), directory.with_name(f"{directory.name}_cut"), parts), directory)
    return read_split(directory)


def of_shops(photos: Sequence[LabelledPhoto], shops: Sequence[LabelledPhoto]) -> list[LabelledPhoto]:
    """Which of `photos`, whole ones or parts as in `shop_set`, show one of `shops`."""
    return [photo for photo in photos if any(photo.stem.startswith(shop.stem) for shop in shops)]


def shop_fronts(photos: Sequence[LabelledPhoto]) -> list[Image]:
    """Crops of the boxed fronts, (h, w, 3) uint8 BGR."""
    crops = []
    for photo in photos:
        image = read_image(photo.path)
        size = np.tile(image.shape[1::-1], 2)
        crops += [cut(image, box) for box in (photo.boxes[photo.classes == PRODUCT] * size).round().tolist()]
    return crops


def _cut(root: Path, folder: Path, parts: int) -> Iterator[LabelledPhoto]:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    for photo in shop_photos(root):
        yield photo
        image = read_image(photo.path)
        height, width = image.shape[:2]
        for number in range(parts):
            w = min(width, round(float(np.exp(rng.uniform(*np.log(WIDTH))))))
            h = min(height, round(w * rng.uniform(*ASPECT)))
            x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
            file = folder / f"{photo.stem}_{number}.png"
            cv2.imwrite(str(file), image[y : y + h, x : x + w])
            part = np.array([x, y, x + w, y + h]) / np.tile([width, height], 2)
            yield LabelledPhoto(file, *inside(photo.boxes, photo.classes, part))


def inside(
    boxes: npt.NDArray[np.float64], classes: npt.NDArray[np.int64], part: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """What of the boxes (n, 4) lies in `part`, in fractions of it; cut fronts are IGNORED.

    All coordinates x1 y1 x2 y2 in fractions of the photo.
    """
    cut = np.concatenate([np.maximum(boxes[:, :2], part[:2]), np.minimum(boxes[:, 2:], part[2:])], axis=1)
    sides = np.maximum(cut[:, 2:] - cut[:, :2], 0)
    share = sides.prod(axis=1) / (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    seen = share > 0.02
    labels = np.where((classes == PRODUCT) & (share < VISIBLE_MIN), IGNORED, classes)
    return ((cut - np.tile(part[:2], 2)) / np.tile(part[2:] - part[:2], 2))[seen], labels[seen]


if __name__ == "__main__":
    print(len(shop_set()))
