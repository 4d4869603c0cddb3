"""Which SKU was taken for which, on the fronts that were found where one is labelled."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from models.gallery import UNKNOWN
from training.report.photo import ReportPhoto, pair_fronts
from training.report.statistics import reliability, share_interval

CODES_MAX = 20  # of the heat map, those with most confusions
STEP = 0.05  # of a bin of SKU scores


def sku_figures(photos: Sequence[ReportPhoto], gallery: Collection[str], score: float) -> dict[str, Any] | None:
    """Confusions, share right, share sure and scores of SKUs; None where no label names a SKU of the gallery.

    A labelled code that the gallery does not hold counts as `unknown`, which is then the right answer.
    score: from which a front counts. All shares are of the fronts found at IoU 0.5.
    """
    if not any(code in gallery for photo in photos for code in photo.truth):
        return None
    named = [_named(photo, gallery, score) for photo in photos]
    every = [entry for entries in named for entry in entries]
    right = np.array([true == found for true, found, _, _ in every], bool)
    sure = np.array([is_sure for _, _, _, is_sure in every], bool)
    confused = Counter((true, found) for true, found, _, _ in every if true != found)
    return {
        "fronts": len(every),
        "right": int(right.sum()),
        "right_interval": share_interval(
            [sum(true == found for true, found, _, _ in entries) for entries in named],
            [len(entries) for entries in named],
        ),
        "sure": int(sure.sum()),
        "sure_wrong": int((sure & ~right).sum()),
        "confusions": [
            {"true": true, "found": found, "n": n}
            for (true, found), n in sorted(confused.items(), key=lambda item: (-item[1], item[0]))
        ],
        **_matrix(every, confused),
        "bins": _score_bins(every, right),
    }


def _named(photo: ReportPhoto, gallery: Collection[str], score: float) -> list[tuple[str, str, float, bool]]:
    """(true code, code given, score of it, sure) of every matched front whose label names a SKU."""
    pairs = pair_fronts(photo.prediction, score)
    found = []
    for place, true in zip(pairs.found, pairs.taken, strict=True):
        label = photo.truth[true] if true >= 0 else None
        if label is not None:
            code = label if label in gallery else UNKNOWN
            found.append((code, photo.codes[place] or UNKNOWN, photo.sku_scores[place], photo.sure[place]))
    return found


def _matrix(every: Sequence[tuple[str, str, float, bool]], confused: Counter[tuple[str, str]]) -> dict[str, Any]:
    """`codes`, of which each was confused with another (`unknown` last), and `matrix`: true by found, in fronts."""
    weight: Counter[str] = Counter()
    for (true, found), n in confused.items():
        weight[true] += n
        weight[found] += n
    chosen = [code for code, _ in weight.most_common(CODES_MAX) if code != UNKNOWN]
    codes = sorted(chosen) + ([UNKNOWN] if UNKNOWN in weight else [])
    counted = Counter((true, found) for true, found, _, _ in every)
    return {"codes": codes, "matrix": [[counted[true, found] for found in codes] for true in codes]}


def _score_bins(every: Sequence[tuple[str, str, float, bool]], right: Any) -> list[dict[str, Any]]:
    """Share right by the score of the name given; `unknown` has no score of its own."""
    is_named = np.array([found != UNKNOWN for _, found, _, _ in every], bool)
    scores = np.array([score for _, _, score, _ in every], float)[is_named]
    if not len(scores):
        return []
    edges = np.arange(np.floor(scores.min() / STEP), np.ceil(scores.max() / STEP) + 1) * STEP
    return reliability(scores, right[is_named], edges if len(edges) > 1 else np.append(edges, edges[0] + STEP))
