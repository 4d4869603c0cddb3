"""Leaving one out: which references of a SKU would be taken for another SKU, had the others alone been enrolled."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.embedder import mean_vector
from models.gallery import UNKNOWN, Gallery
from models.network_runner import FloatArray

Kind = Literal["named_otherwise", "close", "unlike"]


@dataclass(frozen=True)
class Doubt:
    """What is doubtful about one reference of a SKU.

    reference: its number, from 0.
    kind: `named_otherwise`: it would be named `other`; `close`: `other` is behind by less than the gallery's margin;
        `unlike`: right, but not accepted: it would be `unknown`.
    other: the code that it may be confused with; empty where it is unlike all.
    score, other_score: cosines to the SKU itself (-1: there is no other reference of it) and to `other`.
    """

    reference: int
    kind: Kind
    other: str
    score: float
    other_score: float


def doubts(gallery: Gallery, code: str, views: FloatArray) -> list[Doubt]:
    """Each reference as it is, matched as a front that stands alone against all other SKUs and the prototype of the
    other references.

    views: float32 (n, v, d) of `Embedder.views`, n ≥ 1. A single reference has no others: it is doubtful where another
    SKU would be accepted. Of the gallery what stands for `code` is left out.
    """
    if len(views) == 1:
        return _of_one(gallery, code, views[0, 0])
    found = []
    for number, view in enumerate(views[:, 0]):
        others = mean_vector(np.delete(views, number, axis=0))
        larger = gallery.enroll({code: others})
        match = replace(larger, reject=-1.0, accept=-1.0).match(view[None])  # the best code, whatever its cosine
        best, second = match.codes[0], match.second_codes[0]
        scores = float(match.scores[0]), float(match.second_scores[0])
        if best != code:
            own = float(view @ others)
            found.append(Doubt(number, "named_otherwise", best, own, scores[0]))
        elif match.leads[0] < gallery.margin:
            found.append(Doubt(number, "close", second, *scores))
        elif larger.match(view[None]).codes[0] == UNKNOWN:
            found.append(Doubt(number, "unlike", "", *scores))
    return found


def _of_one(gallery: Gallery, code: str, view: FloatArray) -> list[Doubt]:
    if not gallery.codes:
        return []
    cosines = gallery.per_code(view[None])[0]
    ranked = np.where(np.array(gallery.codes) == code, -np.inf, cosines + gallery.handicap)
    best = int(ranked.argmax())
    if ranked[best] < gallery.accept:
        return []
    return [Doubt(0, "close", gallery.codes[best], -1.0, float(cosines[best]))]
