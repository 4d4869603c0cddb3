"""Where a spoiled photo spoils the reading, for the thresholds of quality; then what people said of the field photos.

Command: `python -m training.quality` (some minutes; rendered displays and `scene_tags.csv`). Rendered photos set the
thresholds, the train photos' tags say what they cost on good photos, the other splits are only reported on.
"""

import csv
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from datasets.crops import read_image
from datasets.splits import read_splits, require_data
from models.detections import PRODUCT, Boxes, Detections, Image
from models.load import Networks, load_networks
from pipeline.facts.display import read_display
from pipeline.facts.layout import tilt
from pipeline.facts.make import FactContext, make_facts
from pipeline.facts.seen import SIDES, Doubts
from pipeline.facts.widen import widen
from pipeline.intake.grey import small_grey
from pipeline.seeing.doubts import blown_areas, blown_shares, edge_gaps, find_doubts
from pipeline.seeing.fronts import fronts_of
from pipeline.seeing.quality import Quality, measure, quality_flags
from pipeline.seeing.recognise import recognise
from pipeline.thresholds import SCORE_MAYBE
from training.evaluate import box_iou
from training.report.statistics import wilson
from training.spoiling import SEEDS, Shown, displays, spoiled

IOU = 0.4  # the box around a turned front is larger than what the detector sees of it
HARM = 0.05  # share of the fronts lost or surely misnamed, beyond those of the clean photo, that spoils a reading


@dataclass(frozen=True)
class Trial:
    """One photo as it was read.

    lost: share of the true fronts that not even `high` counts. misnamed: share that is found and whose code is out of
    the question; `wrong`, of those found, bool (m,), beside the share of each that is `blown` out. gaps: see
    `edge_gaps`. inside: whether low ≤ truth ≤ high, of the fronts and of the rows, before and after widening.
    """

    shown: Shown
    quality: Quality
    doubts: Doubts
    lost: float
    misnamed: float
    blown: npt.NDArray[np.float64]
    wrong: npt.NDArray[np.bool_]
    gaps: npt.NDArray[np.float64]
    slant: float
    inside: dict[str, bool]

    @property
    def harm(self) -> float:
        """Share of the true fronts that the reading loses or names wrongly."""
        return self.lost + self.misnamed


def read(shown: Shown, networks: Networks) -> Trial:
    """Reads a photo as `pipeline.read` does, in one pass, and holds it against the truth."""
    found = networks.detector.detect(shown.image)
    recognised = recognise(shown.image, found, networks.embedder, networks.gallery)
    grey, shrunk = shrink(shown.image, found)
    fronts = fronts_of(shrunk)
    doubts = find_doubts(grey, shrunk)
    places = match(shown.boxes, found)
    hit = places >= 0
    candidates = [recognised.candidates[place] for place in places[hit]]
    wrong = np.array([code not in names for code, names in zip(np.array(shown.codes)[hit], candidates, strict=True)])
    facts = make_facts(read_display(found), recognised, networks.gallery.codes, FactContext(networks.gallery.own))
    blown = blown_shares(blown_areas(grey, fronts), shrunk.boxes[places[hit]]) if len(fronts) else np.zeros(hit.sum())
    return Trial(
        shown, measure(grey, 1000, fronts), doubts, float((~hit).mean()), float(wrong.sum() / len(hit)), blown,
        wrong.astype(bool), edge_gaps(fronts, grey.shape[1], grey.shape[0]) if len(fronts) else np.full(4, np.nan),
        slant(fronts) if len(fronts) else 0.0, _inside(shown, facts, widen(facts, doubts)),
    )  # fmt: skip


def shrink(image: Image, found: Detections) -> tuple[Image, Detections]:
    """The small grey copy, and the boxes on it."""
    grey = small_grey(image)
    return grey, found.scaled(grey.shape[1] / image.shape[1], grey.shape[0] / image.shape[0])


def match(truth: npt.NDArray[np.float64], found: Detections) -> npt.NDArray[np.int64]:
    """(n,): for each true front the place of the box that was found for it, -1 where there is none."""
    places = np.full(len(truth), -1)
    for place in np.flatnonzero((found.labels == PRODUCT) & (found.scores >= SCORE_MAYBE)):
        overlap = np.where(places < 0, box_iou(truth, found.boxes[place].astype(np.float64)), 0.0)
        if overlap.max(initial=0.0) >= IOU:
            places[overlap.argmax()] = place
    return places


def _inside(shown: Shown, facts: dict[str, Any], widened: dict[str, Any]) -> dict[str, bool]:
    """Of the display's fronts and rows; those beyond the edge belong to it."""
    fronts = len(shown.boxes) + shown.hidden
    truth = {"fronts": (("facings", "total"), fronts), "rows": (("rows", "count"), shown.rows)}
    return {
        f"{name} {when}": some[group][leaf]["low"] <= count <= some[group][leaf]["high"]
        for name, ((group, leaf), count) in truth.items()
        for when, some in (("as read", facts), ("widened", widened))
    }


def rate(hits: int, of: int) -> dict[str, float]:
    """Share with its 95 % interval; `{}` of none."""
    if not of:
        return {}
    low, high = (round(bound, 3) for bound in wilson(hits, of))
    return {"hits": hits, "of": of, "share": round(hits / of, 3), "low": low, "high": high}


def by_level(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Per kind and level the mean losses, the share of sound intervals, and what was measured (least, median, most)."""
    rows = []
    for kind, level in dict.fromkeys((trial.shown.kind, trial.shown.level) for trial in trials):
        some = [trial for trial in trials if (trial.shown.kind, trial.shown.level) == (kind, level)]
        row: dict[str, Any] = {"kind": kind, "level": level, "photos": len(some)}
        row |= {name: round(float(np.mean([getattr(t, name) for t in some])), 3) for name in ("lost", "misnamed")}
        row |= {name: round(float(np.mean([t.inside[name] for t in some])), 2) for name in some[0].inside}
        for name in ("sharpness", "mean", "p95", "bright", "roll"):
            values = np.abs([getattr(trial.quality, name) for trial in some])
            row[name] = [round(float(value), 2) for value in np.quantile(values, (0, 0.5, 1))]
        row["slant"] = [round(float(value), 3) for value in np.quantile([t.slant for t in some], (0, 0.5, 1))]
        rows.append(row)
    return rows


def caught(trials: Sequence[Trial]) -> dict[str, Any]:
    """Per kind, how many spoiled readings have a flag of the whole photo, and how many good ones have none."""
    clean = {trial.shown.seed: trial.harm for trial in trials if trial.shown.kind == "clean"}
    report: dict[str, Any] = {}
    for kind in ("blur", "dark", "bright", "turn", "slant", "glare"):
        some = [trial for trial in trials if trial.shown.kind == kind]
        harmed = [trial.harm - clean[trial.shown.seed] > HARM for trial in some]
        flagged = [bool(quality_flags(trial.quality)) for trial in some]
        report[kind] = _agreement(flagged, harmed)
    return report


def _agreement(said: Sequence[bool], true: Sequence[bool]) -> dict[str, Any]:
    pairs = list(zip(said, true, strict=True))
    return {
        "sensitivity": rate(sum(s and t for s, t in pairs), sum(t for _, t in pairs)),
        "specificity": rate(sum(not s and not t for s, t in pairs), sum(not t for _, t in pairs)),
    }


def glare_on_fronts(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Of the fronts found on photos with glare: how many are surely misnamed, by the share that is blown out."""
    some = [trial for trial in trials if trial.shown.kind == "glare"]
    blown, wrong = (np.concatenate([getattr(trial, name) for trial in some]) for name in ("blown", "wrong"))
    edges = itertools.pairwise((0.0, 0.001, 0.1, 0.3, 0.5, 1.01))
    return [
        {"blown_from": low, "to": high, "misnamed": rate(int(wrong[part].sum()), int(part.sum()))}
        for low, high in edges
        for part in [(blown >= low) & (blown < high)]
    ]


def cuts(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Per side and gap: how many crops that hide a front have it this small, how many whole photos do not."""
    rows = []
    for place, side in enumerate(SIDES):
        cropped = [t for t in trials if t.shown.level == side and t.shown.hidden]
        whole = [t for t in trials if t.shown.kind in ("clean", "blur", "dark")]
        for gap in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5):
            rows.append({
                "side": side, "gap": gap,
                "sensitivity": rate(sum(bool(t.gaps[place] < gap) for t in cropped), len(cropped)),
                "specificity": rate(sum(bool(t.gaps[place] >= gap) for t in whole), len(whole)),
            })  # fmt: skip
        said = [side in trial.doubts.cut for trial in [*cropped, *whole]]
        rows.append({"side": side, "gap": "served", **_agreement(said, [True] * len(cropped) + [False] * len(whole))})
    return rows


def slant(fronts: Boxes) -> float:
    """The steepest slope (dy/dx, ≥ 0) of the shelves: over all fronts, and over the upper and the lower half of them.

    Where the camera looks from aside the halves differ. No threshold rests on it: the interval of the rows holds the
    truth at every slant tried, on rendered displays and by the rows tagged on the train photos.
    """
    order = fronts[np.argsort(fronts[:, 3], kind="stable")].astype(np.float64)
    return max(abs(tilt(part)[0]) for part in (order, order[: len(order) // 2], order[len(order) // 2 :]))


TAGS = {
    "blurry": ("blurry",), "dark": ("dark",), "glare": ("glare", "overexposed"), "tilted": ("tilted",),
    "cropped": tuple(f"cut_{side}" for side in SIDES),
}  # fmt: skip


def field_report(root: Path, networks: Networks) -> dict[str, Any]:
    """Flags against the tags of `scene_tags.csv`, on train and on the other splits, and what was measured by tag."""
    folder = root / "drinks_pepsico_vn"
    with (folder / "scene_tags.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    splits = read_splits()
    seen = [
        (splits[Path(row["image"]).stem] == "train", set(row["quality"].split("+")),
         *_field_photo(read_image(folder / "images" / row["image"]), networks))
        for row in track(rows, "Reading field photos", transient=True)
    ]  # fmt: skip
    report: dict[str, Any] = {}
    for name, is_train in (("train", True), ("select, calibration and test", False)):
        some = [each for each in seen if each[0] == is_train]
        report[name] = {
            tag: _agreement([bool(codes & set(flags)) for *_, codes, _ in some], [tag in tags for _, tags, *_ in some])
            for tag, flags in TAGS.items()
        }
        good = [codes for _, tags, codes, _ in some if tags == {"ok"}]
        every = sorted(set().union(*good))
        report[name]["flags of photos tagged ok"] = {c: rate(sum(c in g for g in good), len(good)) for c in every}
    report["measured on train"] = {
        tag: _measured([values for train, tags, _, values in seen if train and tag in tags]) for tag in (*TAGS, "ok")
    }
    return report


def _field_photo(image: Image, networks: Networks) -> tuple[set[str], dict[str, float]]:
    """Codes of the flags, and what was measured."""
    grey, shrunk = shrink(image, networks.detector.detect(image))
    fronts = fronts_of(shrunk)
    quality, doubts = measure(grey, max(image.shape), fronts), find_doubts(grey, shrunk)
    values = {name: float(abs(getattr(quality, name))) for name in ("sharpness", "mean", "p95", "bright", "roll")}
    values["slant"] = slant(fronts) if len(fronts) else 0.0
    return {*quality_flags(quality), *doubts.codes()}, values


def _measured(photos: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """Of each value: least, 5th percentile, median, 95th, most."""
    shares = (0, 0.05, 0.5, 0.95, 1)
    return {
        name: [round(float(value), 3) for value in np.quantile([each[name] for each in photos], shares)]
        for name in photos[0]
    }


def main() -> None:
    rendered = load_networks("demo")
    photos = track(displays(), "Reading rendered photos", len(SEEDS), transient=True)
    trials = [read(shown, rendered) for photo in photos for shown in spoiled(photo)]
    report = {
        "levels": by_level(trials),
        "spoiled readings with a flag": caught(trials),
        "names under glare": glare_on_fronts(trials),
        "cut off": cuts(trials),
        "field": field_report(require_data(), load_networks()),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
