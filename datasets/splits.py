"""Leak-safe splits of the field photos, fixed once in `drinks_pepsico_vn.csv` beside this file.

`python -m datasets.splits` wrote the file; running it again gives the same bytes. Photos of one display
(`same_display.csv`) stay on one side. Test and calibration are for measuring and for calibrating only.
"""

import csv
import os
import random
from collections import defaultdict
from pathlib import Path

from datasets.yolo_layout import DatasetError

SPLITS = ("train", "select", "calibration", "test")
SHARES = {"test": 50, "calibration": 21, "select": 20}  # photos of 231; the rest trains
FOLDS = 3
FILE = Path(__file__).with_name("drinks_pepsico_vn.csv")


def data_root() -> Path | None:
    """Folder of the field photos: `$SHELFPROOF_DATA`, else `../shared/data`; None where neither exists."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    root = Path(os.environ.get("SHELFPROOF_DATA", beside))
    return root if (root / "drinks_pepsico_vn").is_dir() else None


def require_data() -> Path:
    """The folder of the field photos. Raises DatasetError where there is none."""
    root = data_root()
    if root is None:
        raise DatasetError("the field photos are not here: set SHELFPROOF_DATA to their folder")
    return root


def read_splits(file: Path = FILE) -> dict[str, str]:
    """Stem of each photo → name of its split."""
    with file.open(newline="") as stream:
        return {row["photo"]: row["split"] for row in csv.DictReader(stream)}


def read_folds(file: Path = FILE) -> dict[str, int]:
    """Stem of each photo → cross-validation fold, 0 to 2."""
    with file.open(newline="") as stream:
        return {row["photo"]: int(row["fold"]) for row in csv.DictReader(stream)}


def make_splits(directory: Path, seed: int = 20261123) -> list[tuple[str, str, int]]:
    """(photo, split, fold) for each photo; displays are kept whole, scenes and row counts spread evenly."""
    with (directory / "same_display.csv").open(newline="") as stream:
        display = {Path(row["image"]).stem: f"group {row['group']}" for row in csv.DictReader(stream)}
    groups: dict[str, list[str]] = defaultdict(list)
    stratum: dict[str, str] = {}
    with (directory / "scene_tags.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            stem = Path(row["image"]).stem
            key = display.get(stem, stem)
            groups[key].append(stem)
            stratum[key] = f"{row['scene']} {row['shelf_rows']}"
    strata: dict[str, list[str]] = defaultdict(list)
    for key in groups:
        strata[stratum[key]].append(key)
    rng = random.Random(seed)
    order: list[str] = []  # strata laid out one after another: every k-th group samples them all
    for name in sorted(strata):
        members = sorted(strata[name])
        rng.shuffle(members)
        order += members
    return _assign(order, groups)


def _assign(order: list[str], groups: dict[str, list[str]]) -> list[tuple[str, str, int]]:
    total = sum(len(members) for members in groups.values())
    quota = {**SHARES, "train": total - sum(SHARES.values())}
    given = dict.fromkeys(quota, 0)
    rows = []
    for number, key in enumerate(order):
        split = min(quota, key=lambda name: given[name] / quota[name])
        given[split] += len(groups[key])
        rows += [(photo, split, number % FOLDS) for photo in groups[key]]
    return sorted(rows)


def main() -> None:
    root = data_root()
    if root is None:
        raise SystemExit("field photos not found: set SHELFPROOF_DATA")
    with FILE.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["photo", "split", "fold"])
        writer.writerows(make_splits(root / "drinks_pepsico_vn"))


if __name__ == "__main__":
    main()
