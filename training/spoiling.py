"""Rendered displays whose every front is known, and the ways in which a photo of them is spoiled, by degrees."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.render import DEMO_SKUS, RenderedPhoto, render_photo
from models.detections import Image
from pipeline.facts.seen import SIDES

SEEDS = range(300_000, 300_012)  # other displays than those that trained, tested or are shown
SIZES = ((720, 960), (960, 720))
CROPS = 8
ROOM = 0.8  # a turned or slanted photo is shown smaller, so that no front leaves it
GROUND = (128, 128, 128)

LEVELS = {
    "blur": (1.0, 1.5, 2.0, 2.5, 3.0, 4.0),  # sigma in thousandths of the long side
    "dark": (0.5, 0.3, 0.2, 0.15, 0.1),  # share of the light, with the noise that a phone then adds
    "bright": (1.5, 2.0, 2.5, 3.0),  # times the light
    "glare": (0.01, 0.03, 0.06, 0.1, 0.2),  # share of the picture that a flash blows out
    "turn": (0.0, 4.0, 8.0, 11.0, 14.0, 17.0, 20.0, 30.0),  # degrees
    "slant": (0.1, 0.2, 0.3, 0.4),  # one side's height is less by this share: taken from aside
}

Boxes = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """A photo and what is on it. boxes: float64 (n, 4) in pixels, of the n fronts with `codes`. hidden: fronts of the
    display that are not: half of each or more lies beyond the edge. kind, level: see LEVELS; `crop`: its side."""

    kind: str
    level: float | str
    seed: int
    image: Image
    boxes: Boxes
    codes: tuple[str, ...]
    rows: int
    hidden: int = 0


def displays() -> Iterator[RenderedPhoto]:
    """Two to five rows of three to eight slots with the demo's brands, a block of each, all in the picture."""
    for number, seed in enumerate(SEEDS):
        rng = np.random.default_rng(seed)
        codes = [sku.code for sku in DEMO_SKUS]
        slots = int(rng.integers(3, 9))
        plan = [[str(code) for code in np.repeat(rng.choice(codes, 4), 2)[:slots]] for _ in range(rng.integers(2, 6))]
        width, height = SIZES[number % 2]
        yield render_photo(seed, width=width, height=height, scene=("cooler", "rack")[number // 2 % 2], plan=plan)


def spoiled(photo: RenderedPhoto) -> Iterator[Shown]:
    """The photo as it is ('clean'), then at each level of each kind, and cropped."""
    yield _shown(photo, "clean", 0.0, photo.image)
    for kind in ("blur", "dark", "bright", "glare"):
        for level in LEVELS[kind]:
            yield _shown(photo, kind, level, _LIGHT[kind](photo.image, level, np.random.default_rng(photo.seed)))
    for kind, matrix in (("turn", _turn), ("slant", _slant)):
        for level in LEVELS[kind]:
            yield _moved(photo, kind, level, matrix(photo, level))
    rng = np.random.default_rng(photo.seed)
    for number in range(CROPS):
        yield _cropped(photo, number % 4, float(rng.uniform(0, 0.4)))


def _truth(photo: RenderedPhoto) -> Boxes:
    return np.array([front.box for front in photo.products], np.float64).reshape(-1, 4)


def _shown(photo: RenderedPhoto, kind: str, level: float, image: Image, boxes: Boxes | None = None) -> Shown:
    codes = tuple(front.sku for front in photo.products)
    return Shown(kind, level, photo.seed, image, _truth(photo) if boxes is None else boxes, codes, photo.rows)


def _blur(image: Image, sigma: float, rng: np.random.Generator) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma * max(image.shape) / 1000), np.uint8)


def _dim(image: Image, share: float, rng: np.random.Generator) -> Image:
    return np.asarray(np.clip(image * share + rng.normal(0, 4, image.shape), 0, 255), np.uint8)


def _brighten(image: Image, times: float, rng: np.random.Generator) -> Image:
    return np.asarray(np.clip(image * times, 0, 255), np.uint8)


def _flash(image: Image, share: float, rng: np.random.Generator) -> Image:
    """A round lamp with a soft edge somewhere in the middle: +255 out to the radius, falling off beyond it."""
    height, width = image.shape[:2]
    x, y = rng.uniform(0.3, 0.7, 2) * (width, height)
    radius = np.sqrt(share * width * height / np.pi)
    away = np.hypot(np.arange(width)[None] - x, np.arange(height)[:, None] - y) / radius
    light = 255 * np.clip(np.exp(-4 * np.clip(away - 1, 0, None) ** 2 * (radius / 60) ** 2), 0, 1)
    return np.asarray(np.clip(image + light[..., None], 0, 255), np.uint8)


_LIGHT = {"blur": _blur, "dark": _dim, "bright": _brighten, "glare": _flash}


def _turn(photo: RenderedPhoto, degrees: float) -> npt.NDArray[np.float64]:
    height, width = photo.image.shape[:2]
    sense = 1 if photo.seed % 2 else -1
    turned = cv2.getRotationMatrix2D((width / 2, height / 2), sense * degrees, ROOM)
    return np.concatenate([np.asarray(turned, np.float64), [[0, 0, 1]]])


def _slant(photo: RenderedPhoto, share: float) -> npt.NDArray[np.float64]:
    height, width = photo.image.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = np.array([(0, 0), (width, height * share / 2), (width, height * (1 - share / 2)), (0, height)], np.float32)
    if photo.seed % 2:
        moved = np.array([(0, height * share / 2), (width, 0), (width, height), (0, height * (1 - share / 2))])
    return np.asarray(cv2.getPerspectiveTransform(corners, moved.astype(np.float32)), np.float64)


def _moved(photo: RenderedPhoto, kind: str, level: float, matrix: npt.NDArray[np.float64]) -> Shown:
    height, width = photo.image.shape[:2]
    image = cv2.warpPerspective(photo.image, matrix, (width, height), borderValue=GROUND)
    truth = _truth(photo)
    corners = truth[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 1, 2)
    placed = cv2.perspectiveTransform(corners, matrix).reshape(-1, 4, 2)
    boxes = np.concatenate([placed.min(axis=1), placed.max(axis=1)], axis=1)
    return _shown(photo, kind, level, np.asarray(image, np.uint8), boxes)


def _cropped(photo: RenderedPhoto, place: int, share: float) -> Shown:
    """Without what lies beyond a line through the display, `share` of the fronts' extent from one side."""
    height, width = photo.image.shape[:2]
    truth = _truth(photo)
    hull = np.concatenate([truth[:, :2].min(axis=0), truth[:, 2:].max(axis=0)])
    axis = place % 2
    extent = share * (hull[2 + axis] - hull[axis])
    window = np.array([0, 0, width, height])
    window[place] = round(hull[place] + (extent if place < 2 else -extent))
    kept = np.clip(truth, np.tile(window[:2], 2), np.tile(window[2:], 2))
    shown = (kept[:, 2:] - kept[:, :2]).prod(axis=1) > 0.5 * (truth[:, 2:] - truth[:, :2]).prod(axis=1)
    image = np.ascontiguousarray(photo.image[window[1] : window[3], window[0] : window[2]])
    seen = [front for front, is_seen in zip(photo.products, shown, strict=True) if is_seen]
    return Shown(
        "crop", SIDES[place], photo.seed, image, kept[shown] - np.tile(window[:2], 2),
        tuple(front.sku for front in seen), len({front.row for front in seen}), int((~shown).sum()),
    )  # fmt: skip
