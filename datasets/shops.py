"""Shop photos of Norway and Japan whose fronts were boxed by hand, as `shop_fronts.md` tells: for training alone."""

import csv
from pathlib import Path

import numpy as np

from datasets.field import IGNORED
from datasets.yolo import LabelledPhoto
from models.detections import PRODUCT

FILE = Path(__file__).with_name("shop_fronts.csv")
KINDS = {"front": PRODUCT, "unclear": IGNORED}  # unclear: fronts that cannot be told apart, or too little of one


def shop_photos(root: Path, file: Path = FILE) -> list[LabelledPhoto]:
    """The boxed photos under the data folder `root`; boxes in fractions of width and height."""
    areas: dict[Path, list[tuple[int, list[float]]]] = {}
    with file.open(newline="") as stream:
        for row in csv.DictReader(stream):
            box = [float(row[side]) for side in ("x1", "y1", "x2", "y2")]
            areas.setdefault(root / row["set"] / "images" / row["photo"], []).append((KINDS[row["kind"]], box))
    return [
        LabelledPhoto(path, np.array([box for _, box in found]), np.array([label for label, _ in found], np.int64))
        for path, found in areas.items()
    ]
