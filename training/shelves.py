"""Drawn supermarket shelves for training and testing the detector: `datasets.shelves` with pieces of real photos.

Command: `python -m training.shelves` writes runs/data/shelves_train and runs/data/shelves_test (some minutes).
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from datasets.field import IGNORED, negatives, write_yolo
from datasets.shelves import Prints, draw_shelf_photo, load_prints
from datasets.yolo import LabelledPhoto, image_files, read_split
from models.detections import PRODUCT
from training.configs import require_data
from training.shops import shop_fronts
from training.ultralytics_offline import RUNS

SIZES = ((640, 480), (480, 640), (640, 640), (640, 480), (640, 360), (480, 640))
SEEDS = {"train": range(300_000, 300_320), "test": range(400_000, 400_060)}


def shelf_set(name: str) -> list[LabelledPhoto]:
    """`train` or `test`; drawn on the first call, read from runs/data afterwards. What is doubtful has class IGNORED.

    The two take their artwork from different photos, none of which a detector is tested on.
    """
    directory: Path = RUNS / "data" / f"shelves_{name}"
    if not (directory / "data.yaml").is_file():
        write_yolo(_drawn(name, directory.with_name(f"shelves_{name}_drawn")), directory)
    return read_split(directory)


def _drawn(name: str, folder: Path) -> Iterator[LabelledPhoto]:
    folder.mkdir(parents=True, exist_ok=True)
    prints = artwork(require_data(), name)
    for number, seed in enumerate(track(SEEDS[name], "Drawing shelves")):
        width, height = SIZES[number % len(SIZES)]
        photo = draw_shelf_photo(seed, prints, width, height)
        file = folder / f"shelf_{seed}.jpg"
        cv2.imwrite(str(file), photo.image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        boxes = np.concatenate([photo.fronts, photo.doubtful]) / np.tile([width, height], 2)
        classes = np.repeat([PRODUCT, IGNORED], [len(photo.fronts), len(photo.doubtful)])
        yield LabelledPhoto(file, boxes, classes.astype(np.int64))


def artwork(root: Path, name: str) -> Prints:
    """Pieces of photos of shop packages, bottled teas and fruit, every second one each for `train` and `test`.

    For `train` the boxed fronts of shop photos too.
    """
    files = sorted((root / "grocerystore_klasson_packages").rglob("*.jpg"))[::12]
    files += image_files(root / "beverages_nthu" / "images")[::20]
    files += [photo.path for photo in negatives(root, train=True)][::3]
    prints = load_prints(files[("train", "test").index(name) :: 2])
    return Prints([*prints.pictures, *shop_fronts(root)]) if name == "train" else prints


if __name__ == "__main__":
    for part in SEEDS:
        print(part, len(shelf_set(part)))
