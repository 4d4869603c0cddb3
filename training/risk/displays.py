"""Displays whose right answer is known: rendered ones in three sets of their own, and the field photos.

No display of the proof set trained, tested or calibrated anything else; the first forty of the other two also set
thresholds of rows and of quality, and all of them from how far large fronts are looked at. None is one of the demo's.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from datasets.crops import canonical_codes, label_patches, read_image
from datasets.render import DEMO_SKUS, render_photo
from datasets.render.export import describe
from datasets.splits import read_splits
from datasets.yolo import LabelledPhoto, read_names, read_split
from training.ultralytics_offline import RUNS

# None wrong in 598 paid displays, one in 947 or four in 1,828 prove 0.5 % with 95 % confidence; a third are paid. Seeds
# from 320,000 on were the proof set of earlier versions: what they showed has changed limits.
RENDERED = {
    "pilot": range(300_000, 300_400),
    "calibration": range(310_000, 312_000),
    "proof": range(330_000, 336_000),
}
SIZES = ((540, 720), (720, 540))  # the detector sees 640
FIELD = {"held out": ("select", "calibration"), "test": ("test",)}
PHOTOS = RUNS / "risk" / "photos"


@dataclass(frozen=True)
class Truth:
    """boxes: (n, 4) of the fronts, x1 y1 x2 y2 in pixels. codes: n SKU codes. rows: (n,), 1 is the top shelf, 0 where
    nobody labelled it. coolers: (m, 4).
    """

    boxes: npt.NDArray[np.float64]
    codes: tuple[str, ...]
    rows: npt.NDArray[np.int64]
    coolers: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Display:
    """A display of a set: `data` gives the photo's bytes, `truth` what is on it. number: seeds all draws for it."""

    name: str
    number: int
    data: Callable[[], bytes]
    truth: Callable[[], Truth]


def rendered(part: str, count: int | None = None) -> list[Display]:
    """The first `count` displays of a set of RENDERED; a photo is drawn when it is first asked for, then kept."""
    seeds = RENDERED[part][:count]
    return [Display(f"{part}-{seed}", seed, partial(_photo, seed), partial(_truth, seed)) for seed in seeds]


def field(root: Path, *splits: str) -> list[Display]:
    """The field photos of these splits with their mended labels; of photos of one display the first alone."""
    return list(_field(root, splits))


def _photo(seed: int) -> bytes:
    _draw(seed)
    return (PHOTOS / f"{seed}.jpg").read_bytes()


def _truth(seed: int) -> Truth:
    _draw(seed)
    described = json.loads((PHOTOS / f"{seed}.json").read_text())
    products = described["products"]
    return Truth(
        _boxes(product["box"] for product in products),
        tuple(product["sku"] for product in products),
        np.array([product["row"] + 1 for product in products], np.int64),
        _boxes(described["coolers"]),
    )


def _draw(seed: int) -> None:
    photo, described = PHOTOS / f"{seed}.jpg", PHOTOS / f"{seed}.json"
    if described.is_file():
        return
    PHOTOS.mkdir(parents=True, exist_ok=True)
    width, height = SIZES[seed % len(SIZES)]
    made = render_photo(seed, width=width, height=height, skus=DEMO_SKUS)
    photo.write_bytes(cv2.imencode(".jpg", made.image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    part = described.with_suffix(".part")
    part.write_text(json.dumps(describe(made, photo.name)))
    part.rename(described)  # last: a drawing that was cut short is drawn again


def _field(root: Path, splits: tuple[str, ...]) -> Iterator[Display]:
    directory = root / "drinks_pepsico_vn"
    names, canonical, patches, split_of = read_names(directory), canonical_codes(root), label_patches(), read_splits()
    coolers = {photo.stem: photo.boxes for photo in read_split(directory, labels="labels_cooler")}
    with (directory / "same_display.csv").open(newline="") as stream:
        group = {Path(row["image"]).stem: row["group"] for row in csv.DictReader(stream)}
    seen: set[str] = set()
    for number, photo in enumerate(read_split(directory)):
        display = group.get(photo.stem, photo.stem)
        if split_of[photo.stem] not in splits or display in seen:
            continue
        seen.add(display)
        codes = tuple(
            patches.get((photo.stem, place), canonical[names[label]]) for place, label in enumerate(photo.classes)
        )
        truth = partial(_labelled, photo, codes, coolers[photo.stem])
        yield Display(photo.stem, number, photo.path.read_bytes, truth)


def _labelled(photo: LabelledPhoto, codes: tuple[str, ...], coolers: npt.NDArray[np.float64]) -> Truth:
    height, width = read_image(photo.path).shape[:2]
    size = np.array([width, height, width, height])
    return Truth(photo.boxes * size, codes, np.zeros(len(codes), np.int64), coolers * size)


def _boxes(boxes: Any) -> npt.NDArray[np.float64]:
    return np.array(list(boxes), np.float64).reshape(-1, 4)
