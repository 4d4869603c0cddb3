"""One package as a picture with transparency: its outline, its printed front and how light falls on it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.render.surroundings import tint
from datasets.shelves.prints import Image, Prints, face

# kind → ranges of width and height in cm, and whether the same may stand on top of one another
KINDS: dict[str, tuple[tuple[float, float], tuple[float, float], bool]] = {
    "box": ((6, 24), (8, 30), True),
    "flat": ((10, 24), (3, 7), True),
    "bag": ((10, 24), (14, 30), False),
    "pouch": ((6, 14), (10, 20), False),
    "can": ((6, 9), (7, 13), True),
    "jar": ((6, 10), (8, 15), False),
    "tub": ((8, 14), (5, 10), True),
    "bottle": ((6, 9.5), (18, 33), False),
    "carton": ((6.5, 10), (16, 26), False),
    "multipack": ((18, 34), (10, 24), True),
    "case": ((28, 50), (18, 34), True),
}
REAL_SHARE = 0.6  # of the products, where there are crops of real fronts


@dataclass(frozen=True)
class Pack:
    """A product: kind of KINDS, size in cm, its picture (h, w, 4) uint8 BGRA at `px` pixels per cm."""

    kind: str
    width: float
    height: float
    sprite: Image


def draw_pack(rng: np.random.Generator, prints: Prints, kind: str, px: float, height_max: float) -> Pack:
    """A random product of a kind, not higher than `height_max` cm."""
    (w_low, w_high), (h_low, h_high), _ = KINDS[kind]
    height = min(rng.uniform(h_low, h_high), height_max)
    width = rng.uniform(w_low, w_high)
    if prints.fronts and kind != "case" and rng.random() < REAL_SHARE:
        return _real(rng, prints, kind, px, (width, height))
    w, h = max(6, round(width * px)), max(6, round(height * px))
    art = (
        _case(rng, w, h)
        if kind == "case"
        else _six(rng, prints, w, h)
        if kind == "multipack"
        else face(rng, prints, w, h)
    )
    mask = _outline(rng, kind, w, h)
    _caps(art, rng, kind)
    lit = _light(art, rng, kind, px)
    return Pack(kind, width, height, np.dstack([lit, mask]))


def _real(rng: np.random.Generator, prints: Prints, kind: str, px: float, size: tuple[float, float]) -> Pack:
    """A real front's crop, what shows behind it at the corners included, as wide as its own aspect asks."""
    front = prints.front(rng, size[0] / size[1])
    height = size[1]
    width = float(np.clip(height * front.shape[1] / front.shape[0], 0.7 * size[0], 1.4 * size[0]))
    w, h = max(6, round(width * px)), max(6, round(height * px))
    shown = cv2.resize(front, (w, h), interpolation=cv2.INTER_AREA if h < front.shape[0] else cv2.INTER_LINEAR)
    lit = np.clip(shown * rng.uniform(0.85, 1.2), 0, 255).astype(np.uint8)
    return Pack(kind, width, height, np.dstack([lit, np.full((h, w), 255, np.uint8)]))


def _outline(rng: np.random.Generator, kind: str, w: int, h: int) -> npt.NDArray[np.uint8]:
    mask = np.zeros((h, w), np.uint8)
    y = np.linspace(0, 1, h)
    half = np.full(h, 0.5)
    if kind == "bottle":
        neck, shoulder = rng.uniform(0.16, 0.22), rng.uniform(0.1, 0.28)
        half = np.interp(y, [0, 0.12, 0.12 + shoulder, 1], [neck, neck, 0.5, 0.5])
    elif kind == "carton":
        half = np.interp(y, [0, 0.06, 0.061, 0.2, 1], [0.46, 0.46, 0.36, 0.5, 0.5])
    elif kind == "tub":
        half = np.interp(y, [0, 0.15, 0.16, 1], [0.5, 0.5, 0.47, rng.uniform(0.38, 0.46)])
    elif kind == "jar":
        half = np.interp(y, [0, 0.17, 0.24, 1], [0.44, 0.44, 0.5, 0.5])
    elif kind == "can":
        half = np.interp(y, [0, 0.05, 0.95, 1], [0.45, 0.5, 0.5, 0.45])
    elif kind in ("bag", "pouch"):
        wave = np.cumsum(rng.normal(0, 0.006, h))
        half = 0.47 + np.clip(wave - np.linspace(0, wave[-1], h), -0.06, 0.03)
        half *= np.interp(y, [0, 0.06, 0.14, 0.9, 1], [0.97, 0.9, 1, 1, rng.uniform(0.85, 1)])
    for row in range(h):
        inset = (0.5 - min(half[row], 0.5)) * w
        mask[row, round(inset) : max(round(w - inset), round(inset) + 1)] = 255
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.6), np.uint8)


def _caps(art: Image, rng: np.random.Generator, kind: str) -> None:
    """Lids, caps, rims and seams, painted over the print."""
    height = len(art)
    colour = tint(rng, (0, 1), (0.1, 1))
    if kind == "bottle":
        top = int(height * rng.uniform(0.3, 0.45))
        art[:top] = tint(rng, (0.1, 0.9), (0.1, 0.8))  # what is in it, above the label
        art[: max(2, int(height * 0.1))] = colour
        if rng.random() < 0.5:
            art[int(height * 0.85) :] = art[top // 2, 0]
    elif kind in ("jar", "tub"):
        art[: max(2, int(height * 0.16))] = colour
        if kind == "jar" and rng.random() < 0.6:
            art[int(height * 0.17) : int(height * 0.3)] = tint(rng, (0.1, 0.9), (0.1, 0.8))
    elif kind == "can":
        rim = max(1, int(height * 0.05))
        art[:rim] = art[-rim:] = rng.uniform(120, 210)
    elif kind in ("bag", "pouch"):
        seam = max(2, int(height * 0.06))
        art[:seam] = np.clip(art[:seam].astype(np.float32) * rng.uniform(0.7, 1.3), 0, 255).astype(np.uint8)
        art[:seam:2] = art[:seam:2] // 2 + 60


def _light(art: Image, rng: np.random.Generator, kind: str, px: float) -> Image:
    """Round bodies darken to their sides, bags crumple, boxes show an edge."""
    height, width = art.shape[:2]
    light = np.ones((height, width), np.float32)
    across = np.linspace(-1, 1, width, dtype=np.float32)
    if kind in ("can", "jar", "bottle", "tub"):
        light *= (1.08 - 0.5 * np.abs(across - rng.uniform(-0.3, 0.3)) ** rng.uniform(1.5, 3))[None]
        at = rng.uniform(-0.7, 0.7)
        light += rng.uniform(0, 0.5) * np.exp(-(((across - at) / 0.1) ** 2))[None].astype(np.float32)
    elif kind in ("bag", "pouch"):
        folds = cv2.resize(
            rng.standard_normal((9, 7)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        light += np.float32(rng.uniform(0.08, 0.22)) * folds
        shine = cv2.resize(
            rng.standard_normal((14, 10)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        light += np.float32(rng.uniform(0.2, 0.9)) * np.clip(shine - 1.4, 0, 1)
        light *= (1 - 0.25 * np.abs(across) ** 4)[None]
    else:
        edge = max(1, round(px * rng.uniform(0.1, 0.4)))
        light[:, :edge] *= np.float32(rng.uniform(0.6, 1.3))
        light[:, -edge:] *= np.float32(rng.uniform(0.6, 1.3))
        light[:edge] *= np.float32(rng.uniform(0.9, 1.3))
    return np.asarray(np.clip(art * light[..., None], 0, 255), np.uint8)


def _case(rng: np.random.Generator, w: int, h: int) -> Image:
    """A cardboard box of stock, now and then printed."""
    art = np.empty((h, w, 3), np.float32)
    art[:] = np.array([95, 140, 180]) * rng.uniform(0.75, 1.3) if rng.random() < 0.75 else tint(rng, (0, 0.8), (0.3, 1))
    art *= 1 + 0.05 * cv2.resize(rng.standard_normal((6, 8)).astype(np.float32), (w, h))[..., None]
    image = np.clip(art, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        y = int(h * rng.uniform(0.3, 0.6))
        image[y : y + max(2, h // 12)] = np.clip(image[y : y + max(2, h // 12)].astype(np.int32) + 30, 0, 255)  # tape
    printed = face(rng, Prints(), w, h)
    where = np.all(printed != printed[0, 0], axis=2) & (rng.random() < 0.5)
    image[where] = (image[where] * 0.5).astype(np.uint8)
    return image


def _six(rng: np.random.Generator, prints: Prints, w: int, h: int) -> Image:
    """Cans or bottles held by a sleeve or film: one unit."""
    count = int(rng.integers(2, 5))
    one = face(rng, prints, max(4, w // count), h)
    light = (1.1 - 0.5 * np.abs(np.linspace(-1, 1, one.shape[1])) ** 2)[None, :, None]
    row = np.tile(np.clip(one * light, 0, 255).astype(np.uint8), (1, count + 1, 1))[:, :w]
    row = np.ascontiguousarray(row)
    if rng.random() < 0.7:
        top, band = int(h * rng.uniform(0, 0.4)), max(2, int(h * rng.uniform(0.3, 0.6)))
        row[top : top + band] = face(rng, prints, w, band)
    return row
