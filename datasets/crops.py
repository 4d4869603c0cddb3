"""Fronts cut out of photos, for the embedder: one crop per box, all of one size."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.splits import read_splits
from datasets.yolo import DatasetError, read_names, read_split

Image = npt.NDArray[np.uint8]
UNKNOWN = "another"  # the field set's label of products that are not in its catalogue
WIDE = 0.2  # margin of the box, on each side, from which training cuts its jittered views


def read_image(file: Path) -> Image:
    """BGR uint8 (h, w, 3). Raises DatasetError when the file cannot be decoded."""
    image = cv2.imread(str(file))
    if image is None:
        raise DatasetError(f"{file} cannot be read as an image: replace or remove it")
    return np.asarray(image, np.uint8)


def cut(image: Image, box: Sequence[float], margin: float = 0.0) -> Image:
    """The part of `image` (h, w, 3) inside `box` (x1 y1 x2 y2 in pixels) grown by `margin`, clipped; never empty."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = box
    dx, dy = (x2 - x1) * margin, (y2 - y1) * margin
    left, top = max(0, int(x1 - dx)), max(0, int(y1 - dy))
    right, bottom = min(width, round(x2 + dx)), min(height, round(y2 + dy))
    return image[min(top, height - 1) : max(bottom, top + 1), min(left, width - 1) : max(right, left + 1)]


def canonical_codes(root: Path) -> dict[str, str]:
    """Label of the field set → code of the catalogue (some codes are double)."""
    with (root / "drinks_pepsico_vn" / "catalog.csv").open(newline="") as stream:
        return {row["label"]: row["code"] for row in csv.DictReader(stream)}


def field_crops(root: Path, splits: Iterable[str], margin: float = WIDE) -> tuple[list[Image], list[str], list[str]]:
    """(crops, codes, photo stems) of the true boxes of the given splits, with a wide margin for jitter in training."""
    directory = root / "drinks_pepsico_vn"
    names, canonical, split_of = read_names(directory), canonical_codes(root), read_splits()
    wanted = set(splits)
    crops, codes, stems = [], [], []
    for photo in read_split(directory):
        if split_of[photo.stem] not in wanted:
            continue
        image = read_image(photo.path)
        size = np.tile([image.shape[1], image.shape[0]], 2)
        for box, label in zip(photo.boxes * size, photo.classes, strict=True):
            crops.append(cut(image, box, margin))
            codes.append(canonical[names[label]])
            stems.append(photo.stem)
    return crops, codes, stems


def folder_crops(directory: Path, prefix: str, every: int = 1) -> tuple[list[Image], list[str]]:
    """Crops of a folder with one sub-folder per product; the code is `prefix` + folder name."""
    crops, codes = [], []
    for folder in sorted(path for path in directory.iterdir() if path.is_dir()):
        for file in sorted(folder.glob("*.jpg"))[::every]:
            crops.append(read_image(file))
            codes.append(prefix + folder.name)
    return crops, codes


def boxed_crops(directory: Path, prefix: str, margin: float = WIDE) -> tuple[list[Image], list[str]]:
    """Crops of all boxes of a folder in YOLO layout; the code is `prefix` + class name."""
    names = read_names(directory)
    crops, codes = [], []
    for photo in read_split(directory):
        image = read_image(photo.path)
        size = np.tile([image.shape[1], image.shape[0]], 2)
        for box, label in zip(photo.boxes * size, photo.classes, strict=True):
            crops.append(cut(image, box, margin))
            codes.append(prefix + names[label])
    return crops, codes
