"""One photo as the report sees it: what was read from it, beside its labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.detections import PRODUCT, Detections
from training.prediction import Prediction, paired


@dataclass(frozen=True)
class ReportPhoto:
    """A photo's labels and reading.

    prediction: boxes of both in pixels. count: `low`, `best`, `high` of all fronts, as in the facts. Per found box, in
    their order: codes (SKU, `unknown`, None for a cooler), sku_scores (cosine), sure (one SKU and no doubt). truth: per
    true box its SKU code, None where the labels name none. scene, quality: empty where the photo is not tagged.
    """

    path: Path
    prediction: Prediction
    count: dict[str, float]
    codes: tuple[str | None, ...]
    sku_scores: tuple[float, ...]
    sure: tuple[bool, ...]
    truth: tuple[str | None, ...]
    scene: str = ""
    quality: str = ""

    @property
    def fronts(self) -> int:
        """Labelled fronts."""
        return int((self.prediction.labels == PRODUCT).sum())


@dataclass(frozen=True)
class Pairs:
    """Fronts found from a score on, against labelled ones at IoU 0.5.

    found: int64 (n,), their places among all detections, best first. taken: (n,), place among all true boxes of the
    front that each takes, -1 for none. missed: places of the true fronts that none takes.
    """

    found: npt.NDArray[np.int64]
    taken: npt.NDArray[np.int64]
    missed: npt.NDArray[np.int64]


def pair_fronts(photo: Prediction, score: float) -> Pairs:
    """Matches the fronts of one photo, greedy by score."""
    found = np.flatnonzero(_fronts(photo.found) & (photo.found.scores >= score))
    true = np.flatnonzero(photo.labels == PRODUCT)
    taken = paired(photo.boxes[true], photo.found.boxes[found])
    places = np.where(taken >= 0, true[taken], -1) if len(true) else taken
    return Pairs(found, places, np.setdiff1d(true, places))


def _fronts(found: Detections) -> npt.NDArray[np.bool_]:
    return np.asarray(found.labels == PRODUCT)
