"""Drawn supermarket shelves for training and testing the detector: `datasets.shelves` with pieces of real photos.

Command: `python -m training.shelves` writes runs/data/shelves_train and runs/data/shelves_test (some minutes).
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from datasets.crops import Image, field_crops
from datasets.field import IGNORED, negatives, write_yolo
from datasets.shelves import Prints, draw_shelf_photo, load_prints
from datasets.shops import shop_photos
from datasets.splits import require_data
from datasets.yolo import LabelledPhoto, image_files, read_split
from models.detections import PRODUCT
from training.shops import shop_fronts
from training.ultralytics_offline import RUNS

SIZES = ((640, 480), (480, 640), (640, 640), (640, 480), (640, 360), (480, 640))
FIELD_EVERY = 6  # of the field's fronts, so that they are as many as the shops'
FRONT_SIDE_MIN = 24  # pixels; smaller crops would stand on the shelf as blurs
SEEDS = {"train": range(300_000, 300_320), "test": range(400_000, 400_060)}


def shelf_set(name: str) -> list[LabelledPhoto]:
    """`train` or `test`; drawn on the first call, read from runs/data afterwards. What is doubtful has class IGNORED.

    The two take their artwork from different photos, none of which a detector is tested on; `train` has pieces of the
    boxed fronts of shop photos too.
    """
    shops = shop_photos(require_data()) if name == "train" else []
    return _set(f"shelves_{name}", SEEDS[name], lambda: artwork(name, shops))


def front_shelves(name: str, shops: Sequence[LabelledPhoto], number: int) -> list[LabelledPhoto]:
    """As the first `number` of `train`, but with whole real fronts too, those of `shops` and of the field's train
    split, and with no piece of another shop photo; kept under `name`.
    """
    return _set(f"shelves_{name}", SEEDS["train"][:number], lambda: artwork("train", shops, fronts=True))


def artwork(name: str, shops: Sequence[LabelledPhoto], fronts: bool = False) -> Prints:
    """Pieces of photos of shop packages, bottled teas and fruit, every second one each for `train` and `test`, and of
    the boxed fronts of `shops`. fronts: these and the field's of the train split as whole fronts too.
    """
    root = require_data()
    files = sorted((root / "grocerystore_klasson_packages").rglob("*.jpg"))[::12]
    files += image_files(root / "beverages_nthu" / "images")[::20]
    files += [photo.path for photo in negatives(root, train=True)][::3]
    prints = load_prints(files[("train", "test").index(name) :: 2])
    crops = shop_fronts(shops)
    whole = [*crops, *field_crops(root, ["train"], margin=0.0)[0][::FIELD_EVERY]] if fronts else []
    return Prints([*prints.pictures, *crops], [front for front in whole if is_clear(front)])


def is_clear(front: Image) -> bool:
    """Whether the crop (h, w, 3) is large enough to stand on a shelf."""
    return bool(min(front.shape[:2]) >= FRONT_SIDE_MIN)


def _set(folder: str, seeds: Sequence[int], prints: Callable[[], Prints]) -> list[LabelledPhoto]:
    directory: Path = RUNS / "data" / folder
    if not (directory / "data.yaml").is_file():
        write_yolo(_drawn(seeds, prints(), directory.with_name(f"{folder}_drawn")), directory)
    return read_split(directory)


def _drawn(seeds: Sequence[int], prints: Prints, folder: Path) -> Iterator[LabelledPhoto]:
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(track(seeds, "Drawing shelves")):
        width, height = SIZES[number % len(SIZES)]
        photo = draw_shelf_photo(seed, prints, width, height)
        file = folder / f"shelf_{seed}.jpg"
        cv2.imwrite(str(file), photo.image, [cv2.IMWRITE_JPEG_QUALITY, 95])
        boxes = np.concatenate([photo.fronts, photo.doubtful]) / np.tile([width, height], 2)
        classes = np.repeat([PRODUCT, IGNORED], [len(photo.fronts), len(photo.doubtful)])
        yield LabelledPhoto(file, boxes, classes.astype(np.int64))


if __name__ == "__main__":
    for part in SEEDS:
        print(part, len(shelf_set(part)))
