"""What is to be seen on a drawn photo: the labelled fronts and their exact boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.render.camera import Box, Camera, Image, Points, area, bounding, clip
from datasets.render.display import Display
from datasets.render.stocking import Front

VISIBLE_MIN = 0.25  # a front of which less is seen is not labelled


@dataclass(frozen=True)
class TruthBox:
    """A labelled front: `box` in pixels of the photo, `row` 0 = top, `visible` share of its silhouette in
    (0, 1].
    """

    box: Box
    sku: str
    row: int
    visible: float
    stacked: bool


@dataclass(frozen=True)
class Shot:
    """A drawn photo before the phone, with what the tests compare: who owns each pixel."""

    image: Image
    ids: NDArray[np.uint16]
    fronts: tuple[Front, ...]
    camera: Camera
    gaps: tuple[Points, ...]
    display: Display | None


def truth_boxes(shot: Shot) -> tuple[TruthBox, ...]:
    """Boxes of the fronts of which enough is seen.

    A side that shows is that of the projected silhouette; one that something hides is where the hiding
    begins.
    """
    height, width = shot.ids.shape
    boxes = []
    for front in shot.fronts:
        outline = shot.camera.distort(front.outline)
        whole = bounding(outline)
        box = clip(whole, width, height)
        if area(box) < 4:
            continue
        x1, y1, x2, y2 = int(box[0]), int(box[1]), int(np.ceil(box[2])), int(np.ceil(box[3]))
        rows, columns = np.nonzero(shot.ids[y1:y2, x1:x2] == front.number)
        if len(rows) == 0:
            continue
        hull = np.asarray(outline, np.float32)
        visible = min(len(rows) / max(_silhouette(hull), 1.0), 1.0)
        if visible < VISIBLE_MIN:
            continue
        seen = (x1 + columns.min(), y1 + rows.min(), x1 + columns.max() + 1, y1 + rows.max() + 1)
        sides = [float(a if abs(a - b) <= 2 else b) for a, b in zip(box, seen, strict=True)]
        boxes.append(
            TruthBox((sides[0], sides[1], sides[2], sides[3]), front.sku.code, front.row, visible, front.stacked)
        )
    return tuple(boxes)


def _silhouette(outline: NDArray[np.float32]) -> float:
    """Area of the silhouette in square pixels, from its widths row by row."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    count = max(int(high[1] - low[1]), 1)
    bins = np.clip(((outline[:, 1] - low[1]) / max(high[1] - low[1], 1e-6) * count).astype(int), 0, count - 1)
    left, right = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(left, bins, outline[:, 0])
    np.maximum.at(right, bins, outline[:, 0])
    spans = np.where(right > left, right - left, 0)
    filled = spans[spans > 0]
    return float(filled.mean() * (high[1] - low[1])) if len(filled) else 0.0
