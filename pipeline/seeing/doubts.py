"""What part of a photo cannot be seen: cut off at the picture's edge, or under a reflection."""

from math import ceil

import cv2
import numpy as np
import numpy.typing as npt

from models.detections import COOLER, Boxes, Detections, Image
from pipeline.facts.seen import SIDES, Doubts
from pipeline.seeing.fronts import countable, covered, fronts_of
from pipeline.thresholds import (
    BLOWN_GREY,
    BLOWN_SIZE_MIN,
    COUNTING,
    CUT_GAP_MIN,
    GLARE_SHARE_MIN,
    HIDING_SIZE_MIN,
    Counting,
)


def find_doubts(grey: Image, found: Detections, counting: Counting = COUNTING) -> Doubts:
    """grey: uint8 (h, w), from `grey.small_grey`. found: in pixels of `grey`. counting: the photo's own."""
    fronts = fronts_of(found, counting.best)
    glared = np.zeros(len(found), bool)
    products = countable(found, counting.maybe)
    if not len(fronts):
        return Doubts((), glared, 0, top_unseen=len(products) > 0)
    blown = blown_areas(grey, fronts)
    glared[products] = blown_shares(blown, found.boxes[products]) >= GLARE_SHARE_MIN
    coolers = found.boxes[(found.labels == COOLER) & (found.scores >= counting.cooler_best)]
    height, width = grey.shape
    cut = cut_sides(fronts, coolers, width, height)
    # A rack's top looks like any of its boards, and above it may be as much wall as between two of them.
    top_unseen = not _ends_inside(fronts, coolers, SIDES.index("top"), width, height)
    return Doubts(cut, glared, hidden_fronts(grey, fronts), top_unseen)


def cut_sides(fronts: Boxes, coolers: Boxes, width: int, height: int) -> tuple[str, ...]:
    """The sides where the outermost front is so near the picture's edge that more of the display may lie beyond.

    Not where a cooler that holds this front ends within the picture. fronts (n, 4) and coolers (m, 4), n ≥ 1.
    """
    gaps = edge_gaps(fronts, width, height)
    return tuple(
        side
        for edge, side in enumerate(SIDES)
        if gaps[edge] < CUT_GAP_MIN and not _ends_inside(fronts, coolers, edge, width, height)
    )


def edge_gaps(fronts: Boxes, width: int, height: int) -> npt.NDArray[np.float64]:
    """(4,): from the picture's edge to the outermost front, left top right bottom, in median widths and heights."""
    size = _median_size(fronts)
    low, high = fronts[:, :2].min(axis=0), fronts[:, 2:].max(axis=0)
    return np.asarray(np.concatenate([low, np.array([width, height]) - high]) / np.tile(size, 2), np.float64)


def _ends_inside(fronts: Boxes, coolers: Boxes, side: int, width: int, height: int) -> bool:
    """Whether the front outermost on a side, an index of SIDES, stands in a cooler whose edge the picture shows."""
    outermost = fronts[fronts[:, side].argmin() if side < 2 else fronts[:, side].argmax()]
    x, y = (outermost[:2] + outermost[2:]) / 2
    holds = (coolers[:, 0] <= x) & (x <= coolers[:, 2]) & (coolers[:, 1] <= y) & (y <= coolers[:, 3])
    gaps = coolers[holds, side] if side < 2 else np.array([width, height])[side - 2] - coolers[holds, side]
    return bool((gaps > 0.01 * max(width, height)).any())


def blown_areas(grey: Image, fronts: Boxes) -> npt.NDArray[np.bool_]:
    """bool (h, w): connected areas without any drawing left in them, as large as part of a front.

    Smaller ones are the highlights that every can and bottle has.
    """
    blown = grey >= BLOWN_GREY
    least = BLOWN_SIZE_MIN * _median_size(fronts).prod()
    if np.count_nonzero(blown) < least:  # most photos: spares a walk over all pixels
        return np.zeros(grey.shape, bool)
    _, areas, stats, _ = cv2.connectedComponentsWithStats(blown.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] >= least
    large[0] = False  # what is not blown out
    return np.asarray(large[areas])


def blown_shares(blown: npt.NDArray[np.bool_], boxes: Boxes) -> npt.NDArray[np.float64]:
    """(n,): the share of each box that is blown out."""
    if not blown.any():  # most photos
        return np.zeros(len(boxes))
    height, width = blown.shape
    pixels = np.clip(np.rint(boxes), 0, [width, height, width, height]).astype(int)
    return np.array([blown[y1:y2, x1:x2].mean() if y2 > y1 and x2 > x1 else 0.0 for x1, y1, x2, y2 in pixels])


def hidden_fronts(grey: Image, fronts: Boxes) -> int:
    """How many fronts (n, 4; n ≥ 1) may stand where the display is blown out and none was found: by area.

    Only places that hold a rectangle of HIDING_SIZE_MIN of a front's sides: lamps and gaps between fronts are narrower.
    The display is the box around all fronts and half a front more.
    """
    size = _median_size(fronts)
    blown = ((grey >= BLOWN_GREY) & ~covered(grey.shape, fronts)).astype(np.uint8)
    if not blown.any():
        return 0
    across, down = np.maximum(np.rint(HIDING_SIZE_MIN * size), 1).astype(int)
    wide = cv2.morphologyEx(blown, cv2.MORPH_OPEN, np.ones((down, across), np.uint8)) > 0
    display = np.concatenate([fronts[:, :2].min(axis=0) - size / 2, fronts[:, 2:].max(axis=0) + size / 2])[None]
    return ceil(float((wide & covered(grey.shape, display)).sum()) / float(size.prod()))


def _median_size(fronts: Boxes) -> npt.NDArray[np.float64]:
    """(2,): median width and height, at least 1 pixel each."""
    size: npt.NDArray[np.float64] = np.median(fronts[:, 2:] - fronts[:, :2], axis=0).astype(np.float64)
    return np.maximum(size, 1.0)
