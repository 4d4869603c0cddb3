"""One front: a container of revolution, or a box, drawn as a cut-out in the vertical plane through its axis.

Seen from above under a view angle e, a point at depth d before the axis appears d * tan(e) lower in that
plane. So a
circle of radius r becomes an ellipse with the half axes r and r * tan(e): lids, curved labels and round feet
follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.render.camera import Image, Points
from datasets.render.label import wrap
from datasets.render.sku import SHAPES, Bgr, Look, Shape

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Sprite:
    """Cut-out `image` (h, w, 4 BGRA); foot of the axis at column `axis`, row `foot`; `scale` pixels per
    cm.
    """

    image: Image
    axis: float
    foot: float
    scale: float
    outline: Points  # (N, 2) silhouette in cm: right of the axis, above the foot


@dataclass(frozen=True)
class Light:
    """Where the light comes from: `side` -1 left to 1 right, `tubes`: bright lines of a cooler at both
    sides.
    """

    side: float = -0.3
    tubes: bool = True
    gloss: float = 1.0


@lru_cache(maxsize=64)
def _radii(name: str) -> tuple[Floats, Floats]:
    shape = SHAPES[name]
    at = np.linspace(0, 1, 257, dtype=np.float32)
    nodes = np.array(shape.profile, np.float32)
    radius = np.interp(at, nodes[:, 0], nodes[:, 1]).astype(np.float32)
    if shape.pack == "bottle":  # soften the corners of the profile, but not the step under the cap
        start = int(shape.cap * 256) + 2
        smooth = cv2.GaussianBlur(radius[start:][:, None], (1, 15), 3)[:, 0]
        radius[start:] = smooth
    return at * np.float32(shape.height), radius * np.float32(shape.radius)


def _grid(shape: Shape, name: str, scale: float, slope: float) -> tuple[Floats, Floats, Image, float, float]:
    """Height below the top (cm), sine of the angle around the axis, mask, and where axis and foot lie."""
    over = shape.radius * abs(slope)
    width = int(np.ceil(2 * shape.radius * scale)) + 4
    rows = int(np.ceil((shape.height + 2 * over) * scale)) + 4
    axis, top = width / 2, 2 + over * scale
    x = ((np.arange(width, dtype=np.float32) + 0.5 - axis) / scale)[None, :]
    down = ((np.arange(rows, dtype=np.float32) + 0.5 - top) / scale)[:, None]
    heights, radii = _radii(name)
    y = np.broadcast_to(down, (rows, width)).astype(np.float32)
    radius = np.full_like(y, shape.radius)
    for _ in range(3):
        radius = _lookup(radii, y / heights[-1])
        lead = np.sqrt(np.maximum(radius**2 - x**2, 0)) if shape.pack != "carton" else radius
        y = down - lead * np.float32(slope)
    inside = (np.abs(x) <= radius) & (y >= 0) & (y <= heights[-1])
    mask = inside.astype(np.uint8) * 255
    for level in (0, -1):
        centre = (int((axis - 0.5) * 16), int((top - 0.5 + heights[level] * scale) * 16))
        half = (int(radii[level] * scale * 16), int(radii[level] * abs(slope) * scale * 16))
        if shape.pack != "carton":
            cv2.ellipse(mask, centre, half, 0, 0, 360, (255,), -1, cv2.LINE_8, 4)
    if shape.pack == "carton":
        x1, x2 = int(axis - shape.radius * scale), int(axis + shape.radius * scale)
        mask[int(top - over * scale) : int(top + (heights[-1] + over) * scale), x1 : x2 + 1] = 255
        if slope < 0:  # seen from below: the front hides its foot
            mask[int(top + (heights[-1] - over) * scale) :] = 0
    sine = np.clip(x / np.maximum(radius, 1e-3), -1, 1)
    depth = np.asarray(np.clip(y, 0, heights[-1]), np.float32)
    return depth, np.asarray(sine, np.float32), mask, axis, top + float(heights[-1]) * scale


def _lookup(table: Floats, share: Floats) -> Floats:
    position = np.clip(share, 0, 1) * np.float32(len(table) - 1)
    low = np.minimum(position.astype(np.int32), len(table) - 2)
    rest = position - low
    return np.asarray(table[low] * (1 - rest) + table[low + 1] * rest, np.float32)


def _paint(look: Look, shape: Shape, y: Floats, sine: Floats, turn: float) -> tuple[Floats, Floats]:
    """Colours before light (h, w, 3 float32) and the share of them that is printed label (h, w)."""
    art = wrap(look)
    share = y / np.float32(shape.height)
    angle = np.arcsin(sine) if shape.pack != "carton" else sine * np.float32(np.pi / 2)
    across = ((angle / (2 * np.pi) + 0.25 + turn) % 1.0) * art.shape[1] - 0.5
    low, high = look.label if shape.pack != "can" else (0.0, 1.0)
    down = (share - low) / (high - low) * art.shape[0] - 0.5
    label = cv2.remap(art, across.astype(np.float32), down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    colour = label.astype(np.float32)
    if shape.pack == "bottle":
        return _fill(colour, look, shape, share, sine, angle)
    if shape.pack == "can":
        for rows in (np.flatnonzero(share.min(axis=1) < 0.045), np.flatnonzero(share.max(axis=1) > 0.957)):
            part = share[rows]
            rim = np.clip((0.045 - part) * 120, 0, 1) + np.clip((part - 0.965) * 120, 0, 1)
            silver = 165 + 60 * np.cos(part * 160)
            colour[rows] += (silver[..., None] - colour[rows]) * rim[..., None]
    return colour, np.ones_like(y)


def _fill(
    colour: Floats, look: Look, shape: Shape, share: Floats, sine: Floats, angle: Floats
) -> tuple[Floats, Floats]:
    """Paint what a bottle shows above and below its label: cap, air, liquid."""
    low, high = look.label
    printed = np.ones_like(share)
    rows = np.flatnonzero((share.min(axis=1) < low) | (share.max(axis=1) > high))
    part, across = share[rows], sine[rows]
    liquid = np.array(look.liquid, np.float32)
    if look.clear:  # ribs and refracted light instead of a colour
        tone = (0.86 + 0.1 * np.cos(part * 60) + 0.1 * np.cos(across * 9)) * (1 - 0.4 * np.abs(across) ** 5)
    else:
        tone = 1 - 0.45 * np.abs(across) ** 3
    body = liquid * tone[..., None]
    air = np.clip((shape.cap + 0.09 - part) * 60, 0, 1)[..., None]
    body += (liquid * np.float32(0.35) + 120 - body) * air
    cap = part < shape.cap
    ridges = 0.9 + 0.1 * np.cos(angle[rows] * 26)
    body = np.where(cap[..., None], np.array(look.cap, np.float32) * ridges[..., None], body)
    bare = (part < low) | (part > high)
    colour[rows] = np.where(bare[..., None], body, colour[rows])
    printed[rows] = ~bare | cap
    return colour, printed


def _shade(shape: Shape, sine: Floats, printed: Floats, look: Look, light: Light) -> tuple[Floats, Floats]:
    """Multiplier and added highlight, both (h, w)."""
    if shape.pack == "carton":
        return np.asarray(0.94 + 0.08 * light.side * sine, np.float32), np.zeros_like(sine)
    # Light depends on the angle alone: tables of it, looked up for each pixel.
    steps = np.linspace(-1, 1, 513)
    angle = np.arcsin(steps)
    diffuse = 0.5 + 0.58 * np.maximum(np.cos(angle - light.side * 0.9), 0) - 0.16 * np.abs(steps) ** 8
    shine = 60 * np.exp(-(((angle - light.side * 0.75) / 0.16) ** 2))
    if light.tubes:
        lines = np.exp(-(((angle + 0.95) / 0.12) ** 2)) + np.exp(-(((angle - 0.95) / 0.12) ** 2))
        shine = 55 * lines + 0.4 * shine
    if shape.pack == "can":  # brushed metal mirrors dark and bright bands of the room
        diffuse = diffuse + 0.06 * np.cos(angle * 7 + light.side * 5)
    at = (sine * 256 + 256.5).astype(np.int32)
    gloss = light.gloss if shape.pack == "can" else light.gloss * (1.2 - 0.5 * printed)
    return diffuse.astype(np.float32)[at], np.asarray(shine.astype(np.float32)[at] * gloss, np.float32)


def _lid(image: Floats, look: Look, shape: Shape, axis: float, top: float, scale: float, slope: float) -> None:
    """The top face, seen only from above."""
    radius = float(_radii(look.shape)[1][0]) * scale
    centre = (int((axis - 0.5) * 16), int((top - 0.5) * 16))
    if shape.pack == "carton":
        half = radius * slope
        cv2.rectangle(
            image,
            (int(axis - radius), int(top - half)),
            (int(axis + radius), int(top + half)),
            tuple(0.6 * c + 80 for c in look.base),
            -1,
        )
        return
    tone: Bgr = (205, 205, 208) if shape.pack == "can" else look.cap
    cv2.ellipse(image, centre, (int(radius * 16), int(radius * slope * 16)), 0, 0, 360, tone, -1, cv2.LINE_AA, 4)
    if shape.pack == "can":
        inner = radius * 0.84
        cv2.ellipse(
            image,
            centre,
            (int(inner * 16), int(inner * slope * 16)),
            0,
            0,
            360,
            (150, 150, 155),
            -1,
            cv2.LINE_AA,
            4,
        )
        tab = radius * 0.3
        cv2.ellipse(
            image,
            centre,
            (int(tab * 16), int(tab * slope * 16)),
            0,
            0,
            360,
            (225, 225, 228),
            -1,
            cv2.LINE_AA,
            4,
        )
    else:
        inner = radius * 0.8
        cv2.ellipse(
            image,
            centre,
            (int(inner * 16), int(inner * slope * 16)),
            0,
            0,
            360,
            tuple(0.88 * c for c in look.cap),
            -1,
            cv2.LINE_AA,
            4,
        )


def sprite(look: Look, scale: float, slope: float, turn: float, light: Light) -> Sprite:
    """Draw a front at `scale` pixels per cm, seen `slope` = tan(view angle) from above, turned by `turn`
    revolutions.
    """
    shape = SHAPES[look.shape]
    slope = float(np.clip(slope, -0.7, 0.9))
    y, sine, mask, axis, foot = _grid(shape, look.shape, scale, slope)
    colour, printed = _paint(look, shape, y, sine, turn)
    diffuse, shine = _shade(shape, sine, printed, look, light)
    lit = colour * diffuse[..., None] + shine[..., None]
    lit *= (1.04 - 0.5 * np.clip(y / shape.height - 0.75, 0, 1))[..., None]  # the shelf keeps light from the foot
    if slope > 0.01:
        _lid(lit, look, shape, axis, foot - shape.height * scale, scale, slope)
    opaque = np.full_like(printed, 255)
    if look.clear:
        opaque = np.where(printed > 0.5, 255, 190).astype(np.float32)
    alpha = np.where(mask > 0, opaque, 0)
    image = np.dstack([np.clip(lit, 0, 255), alpha]).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edge = max(contours, key=len)[:, 0, :].astype(np.float64)
    edge = np.concatenate([edge, edge + 1])  # the outline runs around whole pixels, not through their centres
    outline = np.stack([(edge[:, 0] - axis) / scale, (foot - edge[:, 1]) / scale], axis=1)
    return Sprite(image, axis, foot, scale, outline)
