"""What is known of a folder's photos beside their boxes: scene and quality, and which SKU each front is.

Errors:
    DatasetError
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from datasets.yolo import LabelledPhoto, read_labels
from datasets.yolo_layout import DatasetError, labels_folder, read_names, read_text

COOLER = "cooler"


def scene_tags(directory: Path) -> dict[str, dict[str, str]]:
    """File name of a photo → its `scene` and `quality`, from `scene_tags.csv`; empty where there is no such file.

    Raises DatasetError where a column is missing.
    """
    file = directory / "scene_tags.csv"
    if not file.is_file():
        return {}
    rows = _rows(file, "image", "scene", "quality")
    return {row["image"]: {key: row[key] or "" for key in ("scene", "quality")} for row in rows}


def sku_names(directory: Path) -> list[str]:
    """The SKU code of every class of the folder: as `catalog.csv` says for a class name, else the name itself.

    Raises DatasetError.
    """
    file = directory / "catalog.csv"
    codes = {row["label"]: row["code"] for row in _rows(file, "label", "code")} if file.is_file() else {}
    return [codes.get(name, name) for name in read_names(directory)]


def sku_labels(directory: Path, photos: Sequence[LabelledPhoto]) -> list[list[str | None]]:
    """Per photo, per box in the order of `LabelledPhoto.boxes`, the SKU code; None for coolers. Raises DatasetError."""
    names = sku_names(directory)
    found = []
    for photo in photos:
        folder = labels_folder(directory, photo.path.parent)
        _, classes = read_labels(folder / f"{photo.stem}.txt", len(names))
        codes = [None if names[label].lower() == COOLER else names[label] for label in classes]
        found.append(codes + [None] * (len(photo.boxes) - len(codes)))  # boxes of labels_cooler stand last
    return found


def _rows(file: Path, *columns: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(read_text(file)))
    if missing := sorted(set(columns) - set(rows.fieldnames or ())):
        raise DatasetError(f"{file} has no column {missing[0]!r}: add it, or remove the file")
    return list(rows)
