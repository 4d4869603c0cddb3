"""Fronts of `drinks_pepsico_vn` that its labels leave out, as `unboxed_fronts.md` tells."""

import csv
from pathlib import Path

FILE = Path(__file__).with_name("unboxed_fronts.csv")

Box = tuple[float, float, float, float]


def unboxed_fronts(file: Path = FILE) -> dict[str, list[tuple[Box, str]]]:
    """Stem of the photo → (x1 y1 x2 y2 in fractions of width and height, kind) of each; photos with none are absent."""
    found: dict[str, list[tuple[Box, str]]] = {}
    with file.open(newline="") as stream:
        for row in csv.DictReader(stream):
            box = float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"])
            found.setdefault(row["photo"], []).append((box, row["kind"]))
    return found
