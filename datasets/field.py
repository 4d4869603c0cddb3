"""The field photos as one detection set: class 0 `product`, class 1 `cooler`, plus photos with nothing to find."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.splits import FILE as SPLIT_FILE
from datasets.splits import SPLITS, read_splits
from datasets.unboxed import Box, unboxed_fronts
from datasets.yolo import DatasetError, LabelledPhoto, image_files, read_names, read_split
from datasets.yolo_layout import images_of
from models.detections import CLASSES, COOLER

IGNORED = len(CLASSES)  # class of areas in which training takes neither a front nor its absence for true


def field_photos(root: Path) -> list[LabelledPhoto]:
    """The 231 photos of `drinks_pepsico_vn`, SKU boxes as `product` and cabinet boxes as `cooler`."""
    return detection_photos(root / "drinks_pepsico_vn")


def detection_photos(directory: Path, images: Path | None = None) -> list[LabelledPhoto]:
    """A YOLO folder as detection set: the class named `cooler` is one, every other class is a product.

    Where no class is named so, boxes of a parallel folder `labels_cooler` are added. Raises DatasetError.
    """
    is_cooler = np.array([name.lower() == "cooler" for name in read_names(directory)], np.int64)
    photos = [
        LabelledPhoto(photo.path, photo.boxes, is_cooler[photo.classes]) for photo in read_split(directory, images)
    ]
    if is_cooler.any() or not (directory / "labels_cooler").is_dir():
        return photos
    coolers = {photo.path: photo.boxes for photo in read_split(directory, images, labels="labels_cooler")}
    return [_also(photo, coolers[photo.path], COOLER) for photo in photos]


def evaluation_photos(directory: Path, split: str | None) -> list[LabelledPhoto]:
    """The photos of one split: of the committed file for the field set, else of `data.yaml` or a sub-folder.

    Without a split, all photos of the folder. Raises DatasetError when there is no such split.
    """
    if split is not None and directory.resolve().name == SPLIT_FILE.stem and (directory / "images").is_dir():
        if split not in SPLITS:
            raise DatasetError(f"no split {split!r}: choose one of {', '.join(SPLITS)}")
        if found := of_split(detection_photos(directory), split):
            return found
        raise DatasetError(f"{directory} holds no photo of the split {split!r} of {SPLIT_FILE.name}")
    places = images_of(directory, split)
    each = {photo.path: photo for images in places for photo in detection_photos(directory, images)}
    return list(each.values())  # splits may name a photo twice


def with_ignored(photos: Iterable[LabelledPhoto]) -> list[LabelledPhoto]:
    """The photos with each front that their labels leave out as an area of class IGNORED."""
    unboxed = unboxed_fronts()
    return [_also(photo, [box for box, _kind in unboxed.get(photo.stem, [])], IGNORED) for photo in photos]


def _also(photo: LabelledPhoto, boxes: Sequence[Box] | npt.NDArray[np.float64], label: int) -> LabelledPhoto:
    more = np.asarray(boxes, np.float64).reshape(-1, 4)
    classes = np.concatenate([photo.classes, np.full(len(more), label, np.int64)])
    return LabelledPhoto(photo.path, np.concatenate([photo.boxes, more]), classes)


def of_split(photos: Iterable[LabelledPhoto], split: str) -> list[LabelledPhoto]:
    """The photos of one committed split."""
    splits = read_splits()
    return [photo for photo in photos if splits.get(photo.stem) == split]


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
    names = ", ".join((*CLASSES, "ignored"))
    (directory / "data.yaml").write_text(f"path: .\ntrain: images\nval: images\nnames: [{names}]\n")
