"""Views of a product's front as phones' photos vary them: what trains the embedder and widens few references."""

import cv2
import numpy as np

from models.detections import Image

WIDE = 0.2  # margin around the box, on each side, that a wide crop has: jittered views show what really stands there


def widened(crop: Image) -> Image:
    """A wide crop of a tight one whose surroundings are not known: mirrored at its sides."""
    dy, dx = (max(1, round(side * WIDE)) for side in crop.shape[:2])
    return np.asarray(cv2.copyMakeBorder(crop, dy, dy, dx, dx, cv2.BORDER_REFLECT_101), np.uint8)


def vary(wide: Image, width: int, height: int, rng: np.random.Generator) -> Image:
    """One view (height, width, 3) of a wide crop, BGR uint8: box, sharpness and light as they vary in shops."""
    view = _jittered(wide, width, height, rng)
    if rng.random() < 0.3:
        far = rng.uniform(0.25, 0.7)
        small = cv2.resize(view, (round(width * far), round(height * far)), interpolation=cv2.INTER_AREA)
        view = np.asarray(cv2.resize(small, (width, height)), np.uint8)
    if rng.random() < 0.25:
        view = np.asarray(cv2.GaussianBlur(view, (0, 0), rng.uniform(0.5, 1.8)), np.uint8)
    return _lit(view, rng)


def _jittered(wide: Image, width: int, height: int, rng: np.random.Generator) -> Image:
    """The box cut a little off, as a detector does, and slightly turned and sheared."""
    rows, columns = wide.shape[:2]
    inner = WIDE / (1 + 2 * WIDE)
    off = rng.uniform(-0.06, 0.06, 4)
    left, right = (inner + off[0]) * columns, (1 - inner + off[1]) * columns
    top, bottom = (inner + off[2]) * rows, (1 - inner + off[3]) * rows
    source = np.array([[left, top], [right, top], [left, bottom]]) + rng.normal(0, 0.02, (3, 2)) * (columns, rows)
    target = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    turn = cv2.getAffineTransform(source.astype(np.float32), target)
    return np.asarray(cv2.warpAffine(wide, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def _lit(view: Image, rng: np.random.Generator) -> Image:
    """Under- and overexposure, tint, a door's reflection, light that falls off, a rail in front, noise."""
    height, width = view.shape[:2]
    light = view.astype(np.float32) / 255
    if rng.random() < 0.6:
        light **= rng.uniform(0.5, 1.9)
    light *= (rng.uniform(0.4, 1.7) * rng.uniform(0.88, 1.12, 3)).astype(np.float32)
    if rng.random() < 0.3:
        haze = rng.uniform(0.05, 0.5)
        light = light * (1 - haze) + np.float32(haze * rng.uniform(0.3, 1)) * rng.uniform(0.9, 1.1, 3).astype(
            np.float32
        )
    if rng.random() < 0.3:
        ends = rng.uniform(0.5, 1), rng.uniform(0.8, 1.4)
        vertical = rng.random() < 0.6
        fall = np.linspace(*ends, height if vertical else width, dtype=np.float32)
        light *= fall[:, None, None] if vertical else fall[None, :, None]
    if rng.random() < 0.4:
        grey = light.mean(axis=2, keepdims=True)
        light = grey + (light - grey) * np.float32(rng.uniform(0.5, 1.4))
    if rng.random() < 0.25:
        rail = round(height * rng.uniform(0.03, 0.25))
        top = int(rng.integers(0, height - rail + 1))
        light[top : top + rail] = rng.uniform(0, 1, 3)
    noise = rng.standard_normal(light.shape, np.float32) * np.float32(rng.uniform(0, 0.03))
    return np.asarray(np.clip((light + noise) * 255, 0, 255), np.uint8)
