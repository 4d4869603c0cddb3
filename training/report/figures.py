"""Everything that the report shows, as plain values: no drawing, no files."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from models.detections import CLASSES, PRODUCT
from training.evaluate import precisions
from training.precision import Hits, average_precision, hits, intervals, photo_draws
from training.report.photo import ReportPhoto, pair_fronts
from training.report.skus import sku_figures
from training.report.statistics import calibration_error, reliability, wilson

NEAR = 0.15  # of the true count
WORST = 6  # photos, by each of two measures
RESAMPLES = 200
INTERVAL_PHOTOS_MIN = 5  # fewer photos, drawn anew, hardly differ: the interval would pretend certainty
EDGES = np.linspace(0, 1, 11)


def figures(
    photos: Sequence[ReportPhoto], gallery: Collection[str], score_best: float, score_maybe: float, resamples: int = 0
) -> dict[str, Any]:
    """`photos`, `fronts`, `classes`, `counts`, `calibration`, `skus`, `slices`, `worst` of at least one photo.

    score_best: from which a front counts in `best`. score_maybe: from which it is in any fact at all.
    resamples: for the intervals of average precision, at least RESAMPLES. Shares are 0..1, intervals cover 95 %.
    """
    resamples = max(resamples, RESAMPLES)
    predictions = [photo.prediction for photo in photos]
    fronts = hits(predictions, PRODUCT)
    counts = [_count(photo) for photo in photos]
    return {
        "photos": len(photos),
        "fronts": sum(entry["true"] for entry in counts),
        "classes": _classes(photos, fronts, resamples),
        "counts": counts,
        "near": _share([entry["near"] for entry in counts]),
        "inside": _share([entry["inside"] for entry in counts]),
        "calibration": _calibration(photos, score_maybe),
        "skus": sku_figures(photos, gallery, score_best),
        "slices": _slices(photos, fronts, counts, resamples),
        "worst": _worst(photos, counts, score_best),
    }


def _count(photo: ReportPhoto) -> dict[str, Any]:
    true, found = photo.fronts, photo.count
    error = int(found["best"]) - true
    return {
        "photo": photo.path.name,
        "true": true,
        **{key: int(found[key]) for key in ("low", "best", "high")},
        "error": error,
        "near": abs(error) <= NEAR * max(true, 1),
        "inside": found["low"] <= true <= found["high"],
    }


def _share(right: Sequence[bool]) -> dict[str, Any]:
    return {"n": sum(right), "share": sum(right) / len(right), "interval": wilson(sum(right), len(right))}


def _classes(photos: Sequence[ReportPhoto], fronts: Hits, resamples: int) -> dict[str, Any]:
    """Per labelled class: n, AP50 and AP50-95 with intervals, and precision at 101 recalls at IoU .5 and .75."""
    predictions = [photo.prediction for photo in photos]
    curves, draws = precisions(predictions), photo_draws(len(photos), resamples)
    classes = {}
    for label, name in enumerate(CLASSES):
        curve, labelled = curves[:, :, label], sum(int((photo.labels == label).sum()) for photo in predictions)
        if labelled:
            ap50, ap50_95 = intervals(fronts if label == PRODUCT else hits(predictions, label), draws)
            classes[name] = {
                "labelled": labelled,
                "ap50": float(curve[0].mean()),
                "ap50_interval": ap50,
                "ap50_95": float(curve.mean()),
                "ap50_95_interval": ap50_95,
                "ap75": float(curve[5].mean()),
                "curve50": curve[0].tolist(),
                "curve75": curve[5].tolist(),
            }
    return classes


def _calibration(photos: Sequence[ReportPhoto], score_maybe: float) -> dict[str, Any]:
    """Is a front's score the share of such boxes that are fronts? Boxes that no fact reads are left out."""
    scores, right = [], []
    for photo in photos:
        pairs = pair_fronts(photo.prediction, score_maybe)
        scores.append(photo.prediction.found.scores[pairs.found].astype(float))
        right.append(pairs.taken >= 0)
    bins = reliability(np.concatenate(scores), np.concatenate(right), EDGES)
    return {"bins": bins, "error": calibration_error(bins), "boxes": sum(entry["n"] for entry in bins)}


def _slices(
    photos: Sequence[ReportPhoto], fronts: Hits, counts: Sequence[dict[str, Any]], resamples: int
) -> list[dict[str, Any]]:
    """Photos by scene, by quality and in thirds by number of fronts: AP50 of fronts and counts within 15 %."""
    groups = [("scene", photo.scene, number) for number, photo in enumerate(photos) if photo.scene]
    groups += [("quality", photo.quality, number) for number, photo in enumerate(photos) if photo.quality]
    places: dict[tuple[str, str], list[int]] = {}
    for by, name, number in sorted(groups, key=lambda group: (group[0] != "scene", group[1])):
        places.setdefault((by, name), []).append(number)
    true = np.array([entry["true"] for entry in counts])
    third = np.searchsorted(np.quantile(true, [1 / 3, 2 / 3]), true)
    for number in np.unique(third):
        here = np.flatnonzero(third == number)
        places["fronts", f"{true[here].min()}–{true[here].max()}"] = here.tolist()
    return [{"by": by, "name": name, **_slice(here, fronts, counts, resamples)} for (by, name), here in places.items()]


def _slice(here: list[int], fronts: Hits, counts: Sequence[dict[str, Any]], resamples: int) -> dict[str, Any]:
    weights = np.zeros(len(counts), np.int64)
    weights[here] = 1
    ap50 = float(average_precision(fronts, weights)[0])
    figures: dict[str, Any] = {"photos": len(here), "near": _share([counts[number]["near"] for number in here])}
    if np.isnan(ap50) or len(here) < INTERVAL_PHOTOS_MIN:
        return {**figures, "ap50": None if np.isnan(ap50) else ap50, "ap50_interval": None}
    draws = []
    for drawn in photo_draws(len(here), resamples):
        weights = np.zeros(len(counts), np.int64)
        weights[here] = drawn
        draws.append(weights)
    return {**figures, "ap50": ap50, "ap50_interval": intervals(fronts, draws)[0]}


def _worst(photos: Sequence[ReportPhoto], counts: Sequence[dict[str, Any]], score: float) -> list[dict[str, Any]]:
    """Up to WORST photos by count error, then up to WORST others by missed fronts; `index` is into the photos."""
    entries = []
    for index, photo in enumerate(photos):
        pairs = pair_fronts(photo.prediction, score)
        matched = int((pairs.taken >= 0).sum())
        entries.append(
            {**counts[index], "index": index, "matched": matched, "missed": len(pairs.missed),
             "false": len(pairs.found) - matched}
        )  # fmt: skip
    by_error = sorted((each for each in entries if each["error"]), key=lambda each: -abs(each["error"]))[:WORST]
    shown = {each["index"] for each in by_error}
    others = [each for each in entries if each["missed"] and each["index"] not in shown]
    by_missed = sorted(others, key=lambda each: -each["missed"])[:WORST]
    return [{**each, "by": by} for by, part in (("error", by_error), ("missed", by_missed)) for each in part]
