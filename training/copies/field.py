"""The same on field photos: how often what was done to them is found, and which of them are taken for one picture."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from models.detections import Image
from pipeline.intake.decode import decode_photo
from training.copies.alterations import ALTERATIONS, HELD_OUT, TUNED, reencoded
from training.copies.archive import PAIRS, kept
from training.copies.figures import Index, recall, share

SETS = ("drinks_pepsico_vn", "norway_supermarkets_unlabelled")


def field_report(root: Path) -> dict[str, Any]:
    """By set of photos."""
    return {name: _report(root / name) for name in SETS}


def _report(folder: Path) -> dict[str, Any]:
    paths = sorted((folder / "images").iterdir())
    first = kept(f"field_{folder.name}", partial(_originals, paths))
    altered = kept(f"field_{folder.name}_altered", partial(_altered, paths))
    index = Index(first)
    groups = _same_display(folder / "same_display.csv")
    met = {frozenset((each.name, first[place].name)) for each in first for place in index.met(each)}
    alone = [each.name for each in first if not any(each.name in pair for pair in met)]
    return {
        "recall": recall(altered, first, _kind),
        "photos taken for another": share(len(first) - len(alone), len(first)),
        "pairs taken for one": [{"photos": sorted(pair), "same_display": _joined(pair, groups)} for pair in met],
        "same display": share(
            sum(_joined(pair, groups) for pair in met), sum(len(g) * (len(g) - 1) // 2 for g in groups)
        ),
    }


def _originals(paths: Sequence[Path]) -> Iterator[tuple[str, Image]]:
    for path in paths:
        yield path.stem, _read(path)


def _altered(paths: Sequence[Path]) -> Iterator[tuple[str, Image]]:
    every = list(itertools.permutations(ALTERATIONS, 2))
    order = np.random.default_rng(2).permutation(len(every))
    for place, path in enumerate(paths):
        photo = _read(path)
        for number, (kind, alter) in enumerate(ALTERATIONS.items()):
            yield f"{place}|{kind}", reencoded(alter(photo, np.random.default_rng([place, number])), 88)
        for turn in range(PAIRS):
            one, other = every[order[(place * PAIRS + turn) % len(every)]]
            rng = np.random.default_rng([place, turn, 7])
            yield f"{place}|pair", reencoded(ALTERATIONS[other](ALTERATIONS[one](photo, rng), rng), 88)


def _read(path: Path) -> Image:
    return decode_photo(path.read_bytes()).image


def _kind(name: str) -> str:
    return "tuned" if name in TUNED else "held out" if name in HELD_OUT else "pairs of two, held out"


def _same_display(path: Path) -> list[set[str]]:
    if not path.is_file():
        return []
    groups: dict[str, set[str]] = {}
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            groups.setdefault(row["group"], set()).add(row["image"])
    return list(groups.values())


def _joined(pair: frozenset[str], groups: Sequence[set[str]]) -> bool:
    return any(pair <= group for group in groups)
