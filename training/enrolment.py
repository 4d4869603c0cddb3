"""New SKUs enrolled from few references: top-1 by number of references, and what is unknown told from what is known.

Command: `python -m training.enrolment`, after `shelfproof train embedder_held_out`. References come from photos of the
train split, each from another photo, and are judged on other splits with the code that serves.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datasets.crops import UNKNOWN, Image, field_crops
from models.embedder import Embedder
from models.gallery import Gallery
from training.configs import require_data
from training.gallery import Fronts, auroc, build, embedder_of, field_fronts, interval, matched
from training.ultralytics_offline import RUNS

HELD_OUT = ("twister-dau", "string-cafe-chai", "pepsi-chanhmuoi", "mirinda-cam-chai", "goodmood", "7up-chai")
REFERENCES = (1, 3, 5, 10)
DRAWS = 20
SPLITS = {"select and calibration": ("select", "calibration"), "test": ("test",)}


def write_report(folder: Path = RUNS / "embedder_held_out") -> Path:
    """Measures the embedder of `folder` and writes the report beside it."""
    root, embedder = require_data(), embedder_of(folder)
    crops, codes, photos = field_crops(root, ["train"], margin=0.0)
    old = [i for i, code in enumerate(codes) if code not in (UNKNOWN, *HELD_OUT)]
    gallery = build(embedder, [crops[i] for i in old], [codes[i] for i in old], "held-out", frozenset(), trained=True)
    report: dict[str, Any] = {}
    for title, splits in SPLITS.items():
        for mended in (False, True):
            fronts = field_fronts(embedder, root, *splits, mended=mended)
            report[f"{title}, {'mended' if mended else 'as labelled'}"] = {
                "before": known_alone(gallery, fronts),
                "enrolled": [
                    enrolled(embedder, gallery, fronts, (crops, codes, photos), number) for number in REFERENCES
                ],
            }  # fmt: skip
    target = folder.with_suffix(".json")
    target.write_text(json.dumps(report, indent=1) + "\n")
    print(target.read_text())
    return target


def known_alone(gallery: Gallery, fronts: Fronts) -> dict[str, Any]:
    """Top-1 of known fronts, and how well unknown ones (held-out SKUs, `another`) are told from them."""
    found = matched(gallery, fronts)
    known = np.isin(fronts.codes, gallery.codes)
    right = found.best == fronts.codes
    least = np.quantile(found.scores[known], 0.05)
    return {
        "known": int(known.sum()),
        "top1": float(right[known].mean()),
        "top1_interval": interval(right[known], fronts.photos[known]),
        "unknown": int((~known).sum()),
        "auroc": auroc(found.scores[known], found.scores[~known]),
        "auroc_another": auroc(found.scores[known], found.scores[fronts.codes == UNKNOWN]),
        "unknown_accepted_where_95_percent_of_known_are": float((found.scores[~known] >= least).mean()),
    }


def enrolled(
    embedder: Embedder,
    gallery: Gallery,
    fronts: Fronts,
    references: tuple[Sequence[Image], Sequence[str], Sequence[str]],
    number: int,
) -> dict[str, Any]:
    """Top-1 of the six and of the others with `number` references of each of the six, over DRAWS recorded draws."""
    crops, codes, photos = references
    new, known = np.isin(fronts.codes, HELD_OUT), np.isin(fronts.codes, gallery.codes)
    top1: list[tuple[float, float]] = []
    for draw in range(DRAWS):
        rng, extended = np.random.default_rng(100 + draw), gallery
        for code in HELD_OUT:
            chosen = drawn(rng, [i for i, name in enumerate(codes) if name == code], photos, number)
            extended = extended.enroll(code, embedder.prototype([crops[i] for i in chosen]))
        right = matched(extended, fronts).best == fronts.codes
        top1.append((float(right[new].mean()), float(right[known].mean())))
    values = np.array(top1)
    return {
        "references": number,
        "fronts": int(new.sum()),
        "new_top1": float(values[:, 0].mean()),
        "new_top1_deviation": float(values[:, 0].std()),
        "draws": [round(value, 4) for value in values[:, 0].tolist()],
        "known_top1": float(values[:, 1].mean()),
    }


def drawn(rng: np.random.Generator, fronts: Sequence[int], photos: Sequence[str], number: int) -> list[int]:
    """`number` fronts (fewer where there are fewer photos), each from another photo."""
    chosen: dict[str, int] = {}
    for front in rng.permutation(np.array(fronts)).tolist():
        chosen.setdefault(photos[front], front)
    return list(chosen.values())[:number]


if __name__ == "__main__":
    write_report()
