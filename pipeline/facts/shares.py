"""Share of shelf by width."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.facts.certainty import Certainty
from pipeline.facts.layout import Levelled
from pipeline.interval import Interval, ratio
from pipeline.thresholds import WIDTH_ERROR


def linear_share(fronts: Levelled, own: Certainty, other: Certainty) -> Interval:
    """Σ widths of `own` ÷ Σ widths of `own` and `other`, 0..1; of the fronts that stand on the shelf themselves.

    Widths are those of levelled fronts: in pixels ÷ the size of things where the front stands, so that the nearer end
    of a shelf counts no more than the farther one. Each may be out by WIDTH_ERROR either way.
    """
    width = (fronts.right - fronts.left) / fronts.scale
    return ratio(_total(width, own), _total(width, other))


def _total(width: npt.NDArray[Any], there: Certainty) -> Interval:
    low, best, high = (float(np.sum(width[level])) for level in (there.sure, there.best, there.maybe))
    return Interval(low * (1 - WIDTH_ERROR), best, high * (1 + WIDTH_ERROR))
