"""Scene, rows, stacks, empty slots and linear share as the serving pipeline reads them, beside what is there.

Command: `python -m training.layout` (select, calibration and rendered photos; two to ten minutes), with `--test` the
test split too. Scene and rows of the field photos are tagged (`scene_tags.csv`); the rest is known of rendered photos
alone. Thresholds were chosen on rendered seeds from 300,000 and on train; those from 310,000 are reported only. Scenes
other than coolers and racks, which no field photo shows, are rendered in a number of their own.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
from rich.progress import track

from datasets.field import field_photos, of_split
from datasets.render import DEMO_SKUS, RenderedPhoto, render_photo
from datasets.render.sku import SHAPES
from datasets.splits import require_data
from models.load import Networks, load_networks
from pipeline.facts.make import FactContext, Facts
from pipeline.interval import Interval
from pipeline.read import read_photo
from pipeline.vocabulary import kind_of
from training.rendered import SIZES
from training.report.statistics import wilson

CHOSEN, REPORTED = range(300_000, 300_040), range(310_000, 310_040)
NO_DISPLAY = range(340_000, 340_120)

Truth = dict[str, Any]
"""What is there, by path: `scene`, and numbers for the paths that are known of the photo."""


def scene_figures(pairs: Sequence[tuple[Facts, Truth]]) -> dict[str, Any]:
    """Recall of each scene by the best estimate, their mean, and how often the bounds settle or miss it."""
    recall = {}
    for scene in sorted({truth["scene"] for _, truth in pairs}):
        mine = [facts["scene"][scene]["best"] == 1 for facts, truth in pairs if truth["scene"] == scene]
        recall[scene] = _share(sum(mine), len(mine))
    wrong = [
        not all(int(kind == truth["scene"]) in Interval.from_dict(value) for kind, value in facts["scene"].items())
        for facts, truth in pairs
    ]
    settled = [all(value["low"] == value["high"] for value in facts["scene"].values()) for facts, _ in pairs]
    balanced = sum(each["share"] for each in recall.values()) / max(len(recall), 1)
    return {
        "balanced_accuracy": round(balanced, 3),
        "recall": recall,
        "outside_bounds": _share(sum(wrong), len(wrong)),
        "settled": _share(sum(settled), len(settled)),
    }


def number_figures(pairs: Iterable[tuple[Facts, Truth]], path: str) -> dict[str, Any]:
    """Error of `best` and coverage of `low`..`high` of one fact, over the photos of which the truth is known.

    A count is also judged by how often it is exact and within one.
    """
    group, name = path.split(".")
    known = [(Interval.from_dict(facts[group][name]), truth[path]) for facts, truth in pairs if path in truth]
    errors = [abs(found.best - true) for found, true in known]
    photos = max(len(known), 1)
    hits = {"exact": sum(error == 0 for error in errors), "within_one": sum(error <= 1 for error in errors)}
    return {
        "mean_true": round(sum(true for _, true in known) / photos, 3),
        "mean_absolute_error": round(sum(errors) / photos, 3),
        **({key: _share(hit, len(known)) for key, hit in hits.items()} if kind_of((group, name)) == "count" else {}),
        "inside_bounds": _share(sum(true in found for found, true in known), len(known)),
        "mean_width": round(sum(found.high - found.low for found, _ in known) / photos, 3),
    }


def field_pairs(root: Path, split: str, networks: Networks) -> Iterator[tuple[Facts, Truth]]:
    """Facts and tags of each field photo of a split."""
    with (root / "drinks_pepsico_vn" / "scene_tags.csv").open(newline="") as stream:
        tags = {row["image"]: row for row in csv.DictReader(stream)}
    context = FactContext(networks.gallery.own)
    for photo in track(of_split(field_photos(root), split), f"Reading {split}", transient=True):
        tag = tags[photo.path.name]
        facts = read_photo(photo.path.read_bytes(), networks, context).facts
        yield facts, {"scene": tag["scene"], "rows.count": int(tag["shelf_rows"])}


def rendered_pairs(seeds: range, networks: Networks, none_every: int = 10) -> Iterator[tuple[Facts, Truth]]:
    """Facts and truth of rendered photos of the demo's brands; one in `none_every` shows no display."""
    context = FactContext(frozenset(sku.code for sku in DEMO_SKUS if sku.own))
    for number, seed in enumerate(track(seeds, "Rendering", transient=True)):
        width, height = SIZES[number % len(SIZES)]
        none = number % none_every == none_every - 1
        photo = render_photo(seed, width=width, height=height, scene="other" if none else None)
        data = cv2.imencode(".jpg", photo.image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
        yield read_photo(data, networks, context).facts, truth_of(photo)


def truth_of(photo: RenderedPhoto) -> Truth:
    """What is to be seen; widths of fronts are those of their packages in cm, as many as stand on the shelf."""
    packs = {sku.code: sku for sku in DEMO_SKUS}
    standing = [packs[product.sku] for product in photo.products if not product.stacked]
    widths = [(SHAPES[sku.look.shape].radius, sku.own) for sku in standing]
    truth: Truth = {
        "scene": photo.scene,
        "rows.count": photo.rows,
        "rows.empty": len(photo.gaps),
        "facings.columns": len(standing),
    }
    if widths:
        truth["share.linear_own"] = sum(width for width, own in widths if own) / sum(width for width, _ in widths)
    if photo.scene == "cooler" and standing:
        truth["cooler.fill"] = len(standing) / (len(standing) + len(photo.gaps))
    return truth


def report(pairs: Sequence[tuple[Facts, Truth]]) -> dict[str, Any]:
    """All figures of one set."""
    known: Mapping[str, None] = dict.fromkeys(path for _, truth in pairs for path in truth if path != "scene")
    return {
        "photos": len(pairs),
        "scene": scene_figures(pairs),
        **{path: number_figures(pairs, path) for path in known},
    }


def main() -> None:
    root = require_data()
    field, demo = load_networks(), load_networks("demo")
    splits = ("select", "calibration", *(("test",) if "--test" in sys.argv[1:] else ()))
    read = {split: list(field_pairs(root, split, field)) for split in splits}
    figures = {
        "select and calibration": report([*read["select"], *read["calibration"]]),
        **({"test": report(read["test"])} if "test" in read else {}),
        "rendered, chosen on": report(list(rendered_pairs(CHOSEN, demo))),
        "rendered": report(list(rendered_pairs(REPORTED, demo))),
        "rendered, no display": scene_figures(list(rendered_pairs(NO_DISPLAY, demo, none_every=1))),
    }
    print(json.dumps(figures, indent=1))


def _share(hits: int, of: int) -> dict[str, Any]:
    interval = [round(bound, 3) for bound in wilson(hits, of)]
    return {"hits": hits, "of": of, "share": round(hits / of, 3) if of else 0.0, "wilson": interval}


if __name__ == "__main__":
    main()
