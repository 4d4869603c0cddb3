"""Reading of folders in YOLO layout: `images/`, `labels/` with one `class cx cy w h` line per box, `data.yaml`.

Errors:
    DatasetError
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.unused import some, unused
from datasets.yolo_layout import DatasetError, labels_folder, read_names, read_text
from models.photo_files import is_foreign, photos_below

__all__ = ["DatasetError", "LabelledPhoto", "image_files", "read_labels", "read_names", "read_split"]

LINE_SHOWN = 60  # characters of a label line in a message


@dataclass(frozen=True)
class LabelledPhoto:
    """One photo and its boxes.

    boxes: float64 (n, 4), x1 y1 x2 y2 as fractions of width and height, each within [0, 1].
    classes: int64 (n,), index into the data set's names.
    """

    path: Path
    boxes: npt.NDArray[np.float64]
    classes: npt.NDArray[np.int64]

    @property
    def stem(self) -> str:
        return self.path.stem


def read_labels(file: Path, classes: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Boxes and class ids of one label file, repeated rows once; an empty file means: looked at, nothing there.

    Raises DatasetError when the file is missing, a line is malformed, a class id is not below `classes`,
    or a box leaves the picture by more than rounding. Warns of repeated rows (UnusedData).
    """
    if not file.is_file():
        raise DatasetError(f"{file} is missing: label the photo, or leave an empty file if nothing is on it")
    found: dict[tuple[float, ...], tuple[int, list[float]]] = {}
    repeated: list[str] = []
    for number, line in enumerate(read_text(file).splitlines(), 1):
        if not line.strip():
            continue
        row = _row(line, f"{file}:{number}")
        class_id, (x, y, width, height) = int(row[0]), row[1:]
        if not 0 <= class_id < classes:
            raise DatasetError(f"{file}:{number}: class {class_id} is not in data.yaml ({classes} names)")
        box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        # asked in this way round, so that what is no number is refused too
        if not (width > 0 and height > 0 and all(-0.01 <= value <= 1.01 for value in box)):
            raise DatasetError(f"{file}:{number}: box {line!r} is empty or outside the picture")
        if row in found:
            repeated.append(str(number))
        found[row] = class_id, [min(max(value, 0.0), 1.0) for value in box]
    if repeated:
        unused(f"{file}: each box counts once; repeated by line {some(repeated)}")
    boxes = np.array([box for _, box in found.values()], float).reshape(-1, 4)
    return boxes, np.array([class_id for class_id, _ in found.values()], np.int64)


def _row(line: str, place: str) -> tuple[float, ...]:
    """Class, centre and size of a line."""
    words = line.split()
    try:
        if len(words) == 5:
            return (int(words[0]), *map(float, words[1:]))
        hint = {6: ": confidences of a prediction stand there, remove the sixth column"}.get(len(words), "")
        if len(words) >= 7 and len(words) % 2:
            hint = ": an outline stands there, export boxes"
    except ValueError:
        hint = ": write points, no commas" if "," in line else ""
    shown = line if len(line) <= LINE_SHOWN else f"{line[:LINE_SHOWN]}…"
    raise DatasetError(f"{place}: expected `class cx cy w h`, found {shown!r}{hint}")


def image_files(place: Path) -> list[Path]:
    """The photos of a folder and its sub-folders, sorted, or one photo. Raises DatasetError if there is none.

    Warns of those whose format is not read (UnusedData).
    """
    files = [place] if place.is_file() else photos_below(place)
    for file in filter(is_foreign, files):
        unused(f"{file} is not used: {file.suffix[1:].upper()} is not supported, save it as JPEG, PNG or WebP")
    found = [file for file in files if not is_foreign(file)]
    if not found:
        raise DatasetError(f"{place} holds no photo (JPEG, PNG or WebP)")
    return found


def read_split(directory: Path, images: Path | None = None, labels: str = "labels") -> list[LabelledPhoto]:
    """All photos of `images` (default `directory/images`; a folder, or one photo) with the labels of the parallel
    folder `labels`. Warns of labels without a photo (UnusedData)."""
    images = images or directory / "images"
    names = read_names(directory) if labels == "labels" else ["cooler"]
    files = image_files(images)
    if images.is_dir():
        _tell_orphans(labels_folder(directory, images, labels), images)
    return [
        LabelledPhoto(
            file, *read_labels(labels_folder(directory, file.parent, labels) / f"{file.stem}.txt", len(names))
        )
        for file in files
    ]


def _tell_orphans(folder: Path, images: Path) -> None:
    """Labels without a photo. Where both lie in one folder, texts that are no labels may lie there too."""
    if folder == images or not folder.is_dir():
        return
    photos = {file.relative_to(images).with_suffix("") for file in photos_below(images)}
    labels = [file.relative_to(folder) for file in sorted(folder.rglob("*.txt")) if not file.name.startswith("._")]
    alone = [str(file) for file in labels if file.name != "classes.txt" and file.with_suffix("") not in photos]
    if alone:
        unused(f"{folder}: no photo belongs to {some(alone)}")
