"""Fronts cut out of photos, for the embedder: one crop per box, all of one size."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from datasets.splits import read_splits
from datasets.yolo import DatasetError, read_names, read_split
from models.views import WIDE

Image = npt.NDArray[np.uint8]
PATCHES = Path(__file__).with_name("label_patches.csv")
UNKNOWN = "another"  # the field set's label of products that are not in its catalogue


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


def cut_wide(image: Image, box: Sequence[float], margin: float = WIDE) -> Image:
    """As `cut`, but not clipped at the photo's border, whose pixels are repeated: the box stays in the middle."""
    x1, y1, x2, y2 = box
    dx, dy = round((x2 - x1) * margin), round((y2 - y1) * margin)
    padded = cv2.copyMakeBorder(image, dy, dy, dx, dx, cv2.BORDER_REPLICATE)
    return cut(np.asarray(padded, np.uint8), (x1, y1, x2 + 2 * dx, y2 + 2 * dy))


def label_patches(file: Path = PATCHES) -> dict[tuple[str, int], str]:
    """(photo's stem, number of the box) → code that the label should be, see label_patches.md."""
    with file.open(newline="") as stream:
        return {(row["photo"], int(row["box"])): row["mended"] for row in csv.DictReader(stream)}


def canonical_codes(root: Path) -> dict[str, str]:
    """Label of the field set → code of the catalogue (some codes are double)."""
    with (root / "drinks_pepsico_vn" / "catalog.csv").open(newline="") as stream:
        return {row["label"]: row["code"] for row in csv.DictReader(stream)}


def field_crops(
    root: Path, splits: Iterable[str], margin: float = WIDE, mended: bool = False
) -> tuple[list[Image], list[str], list[str]]:
    """(crops, codes, photo stems) of the true boxes of the given splits, with a wide margin for jitter in training.

    mended: with the mistakes of the labels put right (`label_patches`), else as they came.
    """
    directory = root / "drinks_pepsico_vn"
    names, canonical, split_of = read_names(directory), canonical_codes(root), read_splits()
    wanted, patches = set(splits), label_patches() if mended else {}
    crops, codes, stems = [], [], []
    for photo in read_split(directory):
        if split_of[photo.stem] not in wanted:
            continue
        image = read_image(photo.path)
        size = np.tile([image.shape[1], image.shape[0]], 2)
        for number, (box, label) in enumerate(zip(photo.boxes * size, photo.classes, strict=True)):
            crops.append(cut_wide(image, box, margin) if margin else cut(image, box))
            codes.append(patches.get((photo.stem, number), canonical[names[label]]))
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
            crops.append(cut_wide(image, box, margin))
            codes.append(prefix + names[label])
    return crops, codes
