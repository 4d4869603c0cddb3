"""Reading of folders in YOLO layout: `images/`, `labels/` with one `class cx cy w h` line per box, `data.yaml`.

Errors:
    DatasetError
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from datasets.yolo_layout import DatasetError, is_photo, labels_folder, read_names, read_text

__all__ = ["DatasetError", "LabelledPhoto", "image_files", "read_labels", "read_names", "read_split"]


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
    """Boxes and class ids of one label file; an empty file means: looked at, nothing there.

    Raises DatasetError when the file is missing, a line is malformed, a class id is not below `classes`,
    or a box leaves the picture by more than rounding.
    """
    if not file.is_file():
        raise DatasetError(f"{file} is missing: label the photo, or leave an empty file if nothing is on it")
    boxes: list[list[float]] = []
    ids: list[int] = []
    for number, line in enumerate(read_text(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            name, cx, cy, w, h = line.split()
            class_id, (x, y, width, height) = int(name), (float(cx), float(cy), float(w), float(h))
        except ValueError as error:
            raise DatasetError(f"{file}:{number}: expected `class cx cy w h`, found {line!r}") from error
        if not 0 <= class_id < classes:
            raise DatasetError(f"{file}:{number}: class {class_id} is not in data.yaml ({classes} names)")
        box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
        # asked in this way round, so that what is no number is refused too
        if not (width > 0 and height > 0 and all(-0.01 <= value <= 1.01 for value in box)):
            raise DatasetError(f"{file}:{number}: box {line!r} is empty or outside the picture")
        boxes.append([min(max(value, 0.0), 1.0) for value in box])
        ids.append(class_id)
    return np.array(boxes, float).reshape(-1, 4), np.array(ids, np.int64)


def image_files(directory: Path) -> list[Path]:
    """Image files directly in `directory`, sorted by name. Raises DatasetError if there is none."""
    found = sorted(file for file in directory.glob("*") if is_photo(file))
    if not found:
        raise DatasetError(f"{directory} holds no photo (.jpg, .png or .webp)")
    return found


def read_split(directory: Path, images: Path | None = None, labels: str = "labels") -> list[LabelledPhoto]:
    """All photos of `images` (default `directory/images`) with the labels of the parallel folder `labels`."""
    images = images or directory / "images"
    names = read_names(directory) if labels == "labels" else ["cooler"]
    folder = labels_folder(directory, images, labels)
    return [LabelledPhoto(file, *read_labels(folder / f"{file.stem}.txt", len(names))) for file in image_files(images)]
