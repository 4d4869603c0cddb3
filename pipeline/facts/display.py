"""What was detected, put in order: fronts with their rows, stacks and cooler. Which product each is, is not asked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.detections import COOLER, PRODUCT, Detections
from pipeline.facts.certainty import Certainty, Mask
from pipeline.facts.layout import Levelled, Rows, level, read_rows
from pipeline.facts.slots import standing
from pipeline.thresholds import COUNTING, INSIDE_MAYBE, INSIDE_SURE, Counting


@dataclass(frozen=True)
class Display:
    """The n fronts among the detections, in their order, and what is held of each.

    is_front: which of the detections may count as a front. there: a front at all. inside: it stands in a cooler;
    outside: in none. standing: it is there and on no other front. coolers: of the cabinets, not of the fronts.
    """

    is_front: Mask
    fronts: Levelled
    there: Certainty
    inside: Certainty
    outside: Certainty
    standing: Certainty
    rows: Rows
    coolers: Certainty


def read_display(detections: Detections, counting: Counting = COUNTING, top_unseen: bool = False) -> Display:
    """The display of one photo; boxes in pixels of the upright photo. top_unseen: see `doubts.Doubts`."""
    is_front = (detections.labels == PRODUCT) & (detections.scores >= counting.maybe)
    boxes = detections.boxes[is_front]
    there = Certainty.of_scores(detections.scores[is_front], counting.sure, counting.best, counting.maybe)
    coolers = detections.take(detections.labels == COOLER)
    cooler = Certainty.of_scores(coolers.scores, counting.cooler_sure, counting.cooler_best, counting.cooler_maybe)
    within = _inside(boxes, coolers.boxes, cooler)
    fronts = level(boxes, there.best)
    return Display(
        is_front=is_front,
        fronts=fronts,
        there=there,
        inside=there & within,
        outside=there & ~within,
        standing=standing(fronts, there),
        rows=read_rows(fronts, there, top_unseen),
        coolers=cooler,
    )


def _inside(fronts: npt.NDArray[np.float32], coolers: npt.NDArray[np.float32], cooler: Certainty) -> Certainty:
    """Whether each front stands in a cooler: best where its centre does, sure and maybe by the share of its area.

    A front on the edge, such as one on top of the cabinet or on the rack beside it, stays doubtful.
    """
    low = np.maximum(fronts[:, None, :2], coolers[None, :, :2])
    shared = np.clip(np.minimum(fronts[:, None, 2:], coolers[None, :, 2:]) - low, 0, None).prod(axis=2)
    share = shared / np.maximum((fronts[:, 2:] - fronts[:, :2]).prod(axis=1), 1e-6)[:, None]
    centres = ((fronts[:, :2] + fronts[:, 2:]) / 2)[:, None]
    centred = ((centres >= coolers[None, :, :2]) & (centres <= coolers[None, :, 2:])).all(axis=2)
    best = centred & cooler.best
    # three quarters inside hold the centre, which holds a quarter: so sure, best and maybe follow from one another
    sure, maybe = (share >= INSIDE_SURE) & best & cooler.sure, ((share >= INSIDE_MAYBE) & cooler.maybe) | best
    return Certainty(sure, best, maybe).any()
