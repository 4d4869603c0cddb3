"""The scene as a phone sees it: at an angle, cut by the photo's border, blurred and noisy."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from datasets.render.phone import develop, draw_phone
from datasets.shelves.prints import Image, Prints
from datasets.shelves.scene import Box, draw_scene

SPARE = 1.35  # the canvas is so much larger than the photo
WIDTH_CM = (55, 230)  # of shelf on a photo
VISIBLE_MIN = 0.5  # share of a front's width and height inside the photo from which it is labelled, else it is doubtful
SIDE_MIN = 7  # pixels; narrower fronts are doubtful


@dataclass(frozen=True)
class ShelfPhoto:
    """image: (h, w, 3) uint8 BGR. fronts, doubtful: float64 (n, 4), x1 y1 x2 y2 in its pixels."""

    image: Image
    fronts: npt.NDArray[np.float64]
    doubtful: npt.NDArray[np.float64]


def draw_shelf_photo(seed: int, prints: Prints, width: int = 640, height: int = 640) -> ShelfPhoto:
    """The same arguments give the same photo, see datasets/render/photo.py."""
    rng = np.random.default_rng([seed, 0x5E1F])
    low, high = np.log(WIDTH_CM)
    shown = float(np.exp(rng.uniform(low, high))) * width / max(width, height)
    canvas = round(width * SPARE), round(height * SPARE)
    scene = draw_scene(rng, prints, *canvas, width / shown)
    view = _view(rng, canvas, (width, height))
    image = np.asarray(cv2.warpPerspective(scene.canvas, view, (width, height), flags=cv2.INTER_AREA), np.uint8)
    fronts, cut = _seen(scene.fronts, view, width, height)
    doubtful = np.concatenate([cut, *_seen(scene.doubtful, view, width, height)])
    phone = draw_phone(rng, "ok" if rng.random() < 0.92 else "dark")
    return ShelfPhoto(develop(image, replace(phone, haze=phone.haze / 2), rng), fronts, doubtful)


def _view(rng: np.random.Generator, canvas: tuple[int, int], photo: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Homography from canvas to photo: somewhat aside, from above or below, rolled a little."""
    width, height = photo
    left, top = (canvas[0] - width) / 2, (canvas[1] - height) / 2
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    corners += np.array([left, top])
    slack = np.array([left, top]) * 0.9
    aside, tilted = rng.normal(0, 0.45), rng.normal(0, 0.3)
    squeeze = np.array([[0, -aside], [0, aside], [0, -aside], [0, aside]])[[0, 1, 3, 2]] * slack[1]
    squeeze += np.array([[-tilted, 0], [tilted, 0], [-tilted, 0], [tilted, 0]]) * slack[0]
    shifted = corners + np.clip(squeeze + rng.normal(0, 0.12, (4, 2)) * slack, -slack, slack)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(shifted.astype(np.float32), target), np.float64)


def _seen(
    boxes: list[Box], view: npt.NDArray[np.float64], width: int, height: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(boxes on the photo of what is labelled, of what is too little of a front to be)."""
    if not boxes:
        return np.zeros((0, 4)), np.zeros((0, 4))
    x1, y1, x2, y2 = np.array(boxes).T
    corners = np.stack([x1, y1, x2, y1, x2, y2, x1, y2], axis=1).reshape(-1, 1, 2)
    points = cv2.perspectiveTransform(corners, view).reshape(-1, 4, 2)
    # the middle between the hull and the inner rectangle: a front at an angle has slanted sides
    low = (points.min(axis=1) + np.sort(points, axis=1)[:, 1]) / 2
    high = (points.max(axis=1) + np.sort(points, axis=1)[:, 2]) / 2
    size = np.array([width, height])
    inner_low, inner_high = np.clip(low, 0, size), np.clip(high, 0, size)
    share = (inner_high - inner_low) / np.maximum(high - low, 1e-6)
    inside = (share > 0.05).all(axis=1)
    clear = inside & (share >= VISIBLE_MIN).all(axis=1) & ((inner_high - inner_low) >= SIDE_MIN).all(axis=1)
    found = np.concatenate([inner_low, inner_high], axis=1)
    return found[clear], found[inside & ~clear]
