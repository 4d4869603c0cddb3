"""Scores of fronts and of their names beside whether they are right, for `training.risk.scores`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from models.gallery import Gallery
from pipeline.seeing.fronts import countable
from pipeline.thresholds import SCORE_BEST
from training.evaluate import box_iou
from training.risk.displays import Display
from training.risk.reading import FLOOR, Reader
from training.risk.scores import Scored
from training.risk.tasks import left_out

IOU_MIN = 0.5


def scored(displays: Sequence[Display], reader: Reader, gallery: Gallery) -> tuple[Scored, Scored]:
    """(fronts, names): boxes from FLOOR, right where they meet a labelled front at IoU 0.5; names of those of them
    that count in best, right where the best code is the label. Cosines below 0 are taken as 0.
    """
    boxes: list[tuple[float, bool, int]] = []
    names: list[tuple[float, bool, int]] = []
    for number, display in enumerate(track(displays, "Comparing", console=Console(stderr=True), transient=True)):
        seen, truth, known = reader.seen(display), display.truth(), gallery.without(left_out(display, gallery))
        found = seen.detections
        fronts = found.take(countable(found, FLOOR))
        met = matched(fronts.boxes, truth.boxes)
        boxes += [(float(score), place >= 0, number) for score, place in zip(fronts.scores, met, strict=True)]
        likely = fronts.scores >= SCORE_BEST
        matches = replace(known, accept=-2.0, reject=-2.0).match(seen.embeddings[likely])
        for code, score, place in zip(matches.codes, matches.scores, met[likely], strict=True):
            if place >= 0:
                names.append((min(max(float(score), 0.0), 1.0), code == truth.codes[place], number))
    return _columns(boxes), _columns(names)


def matched(found: npt.NDArray[np.floating], true: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """(n,): the labelled box that each found one, best first, meets, or -1; each labelled one is met once."""
    places, free = np.full(len(found), -1), np.ones(len(true), bool)
    for number, box in enumerate(found):
        overlap = np.where(free, box_iou(true, box), 0.0)
        if len(overlap) and overlap.max() >= IOU_MIN:
            places[number] = overlap.argmax()
            free[places[number]] = False
    return places


def _columns(rows: list[tuple[float, bool, int]]) -> Scored:
    scores, right, photos = zip(*rows, strict=True) if rows else ((), (), ())
    return Scored(np.array(scores, float), np.array(right, bool), np.array(photos, np.int64))
