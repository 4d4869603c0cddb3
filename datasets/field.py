"""The field photos as one detection set: class 0 `product`, class 1 `cooler`, plus photos with nothing to find."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from datasets.splits import read_splits
from datasets.yolo import LabelledPhoto, image_files, read_split

CLASSES = ("product", "cooler")


def field_photos(root: Path) -> list[LabelledPhoto]:
    """The 231 photos of `drinks_pepsico_vn`, SKU boxes as `product` and cabinet boxes as `cooler`."""
    directory = root / "drinks_pepsico_vn"
    coolers = {photo.stem: photo.boxes for photo in read_split(directory, labels="labels_cooler")}
    merged = []
    for photo in read_split(directory):
        cooler = coolers[photo.stem]
        boxes = np.concatenate([photo.boxes, cooler])
        classes = np.concatenate([np.zeros(len(photo.boxes), np.int64), np.ones(len(cooler), np.int64)])
        merged.append(LabelledPhoto(photo.path, boxes, classes))
    return merged


def of_split(photos: Iterable[LabelledPhoto], split: str) -> list[LabelledPhoto]:
    """The photos of one committed split."""
    splits = read_splits()
    return [photo for photo in photos if splits[photo.stem] == split]


def negatives(root: Path, *, train: bool) -> list[LabelledPhoto]:
    """Photos of fruit and vegetables: every second kind trains, the other kinds are held out."""
    files = image_files(root / "negatives_klasson_fruit" / "images")
    kinds = sorted({_kind(file) for file in files})
    nothing = np.zeros((0, 4)), np.zeros(0, np.int64)
    return [LabelledPhoto(file, *nothing) for file in files if (kinds.index(_kind(file)) % 2 == 0) == train]


def _kind(file: Path) -> str:
    return file.stem.rsplit("_", 1)[0]


def write_yolo(photos: Iterable[LabelledPhoto], directory: Path) -> None:
    """Copies photos and labels into `directory` (images/, labels/, data.yaml), replacing what is there."""
    shutil.rmtree(directory, ignore_errors=True)
    for part in ("images", "labels"):
        (directory / part).mkdir(parents=True)
    for photo in photos:
        shutil.copy(photo.path, directory / "images" / photo.path.name)
        lines = [
            f"{cls} {(x1 + x2) / 2:.6f} {(y1 + y2) / 2:.6f} {x2 - x1:.6f} {y2 - y1:.6f}\n"
            for cls, (x1, y1, x2, y2) in zip(photo.classes, photo.boxes, strict=True)
        ]
        (directory / "labels" / f"{photo.stem}.txt").write_text("".join(lines))
    names = ", ".join(CLASSES)
    (directory / "data.yaml").write_text(f"path: .\ntrain: images\nval: images\nnames: [{names}]\n")
