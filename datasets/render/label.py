"""Printed art: one tile of a product's label, as wide as the half of the container that one sees."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from datasets.render.camera import Image
from datasets.render.sku import SHAPES, Bgr, Look

TILE = 192  # pixels across half a circumference


@lru_cache(maxsize=4)
def _face(name: str) -> cv2.FontFace:
    return cv2.FontFace(name)


def write(
    image: Image,
    text: str,
    centre: tuple[float, float],
    size: int,
    ink: Bgr,
    font: str = "sans",
    weight: int = 700,
    width: float = 1e9,
) -> None:
    """Write `text` centred at `centre`, `size` pixels high, smaller if it would be wider than `width`."""
    if not text:
        return
    size = max(size, 6)
    # Our own widths: the box that OpenCV measures depends on the text's side bearings, which differ by font.
    extent = cv2.getTextSize((0, 0), text, (0, 0), _face(font), size, weight)
    if extent[2] > width:
        size = max(int(size * width / extent[2]), 6)
        extent = cv2.getTextSize((0, 0), text, (0, 0), _face(font), size, weight)
    x = round(centre[0] - extent[2] / 2 - extent[0])
    y = round(centre[1] - extent[3] / 2 - extent[1])
    cv2.putText(image, text, (x, y), ink, _face(font), size, weight)


def _fruit(art: Image, look: Look, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    for _ in range(3):
        x, y = int(rng.uniform(0.15, 0.85) * width), int(rng.uniform(0.55, 0.85) * height)
        radius = int(width * rng.uniform(0.14, 0.22))
        cv2.circle(art, (x, y), radius, look.accent, -1, cv2.LINE_AA)
        cv2.circle(art, (x, y), int(radius * 0.82), _mix(look.accent, (255, 255, 255), 0.45), -1, cv2.LINE_AA)
        for spoke in range(8):
            turn = spoke * np.pi / 4 + 0.2
            end = (int(x + radius * 0.75 * np.cos(turn)), int(y + radius * 0.75 * np.sin(turn)))
            cv2.line(art, (x, y), end, look.accent, max(radius // 12, 1), cv2.LINE_AA)
    x, y = int(0.3 * width), int(0.55 * height)
    cv2.ellipse(art, (x, y), (width // 7, width // 18), 30, 0, 360, look.second, -1, cv2.LINE_AA)


def _gem(art: Image, look: Look, rng: np.random.Generator) -> None:
    """An emblem: a diamond in a ring, crossed by two bars."""
    height, width = art.shape[:2]
    radius = int(min(width * 0.27, height * 0.27))
    x, y = width // 2, int(height * 0.32)
    cv2.circle(art, (x, y), radius, look.accent, max(radius // 7, 1), cv2.LINE_AA)
    diamond = np.array([(0, -0.95), (0.8, 0), (0, 0.95), (-0.8, 0)]) * radius + (x, y)
    cv2.fillPoly(art, [diamond.astype(np.int32)], look.second, cv2.LINE_AA)
    for drop in (-0.16, 0.2):
        bar = np.array([(-0.55, drop), (0.55, drop - 0.2), (0.55, drop - 0.02), (-0.55, drop + 0.18)]) * radius + (x, y)
        cv2.fillPoly(art, [bar.astype(np.int32)], look.accent, cv2.LINE_AA)


def _leaf(art: Image, look: Look, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    for number in range(5):
        x, y = int(width * rng.uniform(0.5, 0.95)), int(height * (0.2 + 0.15 * number))
        shade = _mix(look.second, (0, 0, 0), float(rng.uniform(0, 0.4)))
        cv2.ellipse(art, (x, y), (width // 4, width // 10), int(rng.uniform(-70, -20)), 0, 360, shade, -1, cv2.LINE_AA)
    cv2.circle(art, (int(width * 0.3), int(height * 0.85)), width // 9, look.accent, -1, cv2.LINE_AA)


def _curve(art: Image, look: Look, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    x = np.arange(width)
    for level, colour in ((0.62, look.second), (0.74, look.accent), (0.8, look.base)):
        y = height * (level + 0.07 * np.sin(x / width * 2 * np.pi + art.shape[0] % 7 + level * 9))
        points = np.concatenate([np.stack([x, y], 1), [[width, height], [0, height]]]).astype(np.int32)
        cv2.fillPoly(art, [points], colour, cv2.LINE_AA)


def _zigzag(art: Image, look: Look, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    shape = np.array([(0.62, 0.05), (0.2, 0.55), (0.48, 0.52), (0.3, 0.97), (0.82, 0.4), (0.54, 0.43), (0.8, 0.05)])
    points = (shape * (width, height)).astype(np.int32)
    cv2.fillPoly(art, [points], look.second, cv2.LINE_AA)
    cv2.polylines(art, [points], True, look.accent, max(width // 40, 1), cv2.LINE_AA)


def _peaks(art: Image, look: Look, rng: np.random.Generator) -> None:
    height, width = art.shape[:2]
    for x, top, half, colour in (
        (0.3, 0.3, 0.32, look.second),
        (0.68, 0.15, 0.38, _mix(look.second, look.base, 0.4)),
    ):
        shape = np.array([(x, top), (x - half, 0.9), (x + half, 0.9)]) * (width, height)
        cv2.fillPoly(art, [shape.astype(np.int32)], colour, cv2.LINE_AA)
        cap = np.array([(x, top), (x - half * 0.3, top + 0.18), (x + half * 0.3, top + 0.18)]) * (
            width,
            height,
        )
        cv2.fillPoly(art, [cap.astype(np.int32)], look.accent, cv2.LINE_AA)


def _simple(art: Image, look: Look, rng: np.random.Generator) -> None:
    """The motifs that need a line or two each."""
    height, width = art.shape[:2]
    if look.motif == "band":
        corners = np.array([(0, 0.75), (1, 0.3), (1, 0.52), (0, 0.97)]) * (width, height)
        cv2.fillPoly(art, [corners.astype(np.int32)], look.second, cv2.LINE_AA)
        cv2.line(art, (0, int(0.7 * height)), (width, int(0.25 * height)), look.accent, width // 24, cv2.LINE_AA)
    elif look.motif == "stripes":
        for number in range(5):
            x = int(width * (number + 0.3) / 5)
            art[int(height * 0.5) :, x : x + width // 12] = look.second if number % 2 else look.accent
        art[: int(height * 0.16)] = look.second
    elif look.motif == "rays":
        centre = (width // 2, int(height * 0.42))
        for number in range(0, 20, 2):
            turn = np.array([number, number + 1]) * np.pi / 10
            ends = np.stack([np.cos(turn), np.sin(turn)], 1) * width * 2 + centre
            cv2.fillPoly(art, [np.vstack([[centre], ends]).astype(np.int32)], look.accent, cv2.LINE_AA)
        cv2.circle(art, centre, int(width * 0.3), look.second, -1, cv2.LINE_AA)
        cv2.circle(art, centre, int(width * 0.24), _mix(look.base, look.second, 0.25), -1, cv2.LINE_AA)
    elif look.motif == "dots":
        for _ in range(28):
            at = (int(rng.uniform(0, width)), int(rng.uniform(0.4, 1) * height))
            shade = _mix(look.second, look.accent, float(rng.random()))
            cv2.circle(art, at, int(rng.uniform(0.02, 0.08) * width), shade, -1, cv2.LINE_AA)
    elif look.motif == "split":
        art[int(height * 0.58) :] = look.second
        art[int(height * 0.56) : int(height * 0.6)] = look.accent
        cv2.circle(art, (width // 2, int(height * 0.78)), width // 7, look.accent, -1, cv2.LINE_AA)
    else:
        cv2.ellipse(
            art,
            (width // 2, height),
            (int(width * 0.6), int(height * 0.6)),
            0,
            180,
            360,
            look.second,
            -1,
            cv2.LINE_AA,
        )
        cv2.ellipse(
            art,
            (width // 2, height),
            (int(width * 0.38), int(height * 0.4)),
            0,
            180,
            360,
            look.accent,
            -1,
            cv2.LINE_AA,
        )


def _mix(first: Bgr, second: Bgr, share: float) -> Bgr:
    return (
        int(first[0] + (second[0] - first[0]) * share),
        int(first[1] + (second[1] - first[1]) * share),
        int(first[2] + (second[2] - first[2]) * share),
    )


_MOTIF = {"fruit": _fruit, "gem": _gem, "leaf": _leaf, "wave": _curve, "bolt": _zigzag, "peaks": _peaks}


def _tile(look: Look, height: int, back: bool) -> Image:
    art = np.full((height, TILE, 3), look.base, np.uint8)
    art = np.clip(art * np.linspace(1.08, 0.9, height)[:, None, None], 0, 255).astype(np.uint8)
    if back:  # the small print that shows when a container stands turned away
        art[int(height * 0.2) : int(height * 0.85), 40:150] = _mix(look.base, (255, 255, 255), 0.75)
        for row in range(int(height * 0.25), int(height * 0.8), 7):
            art[row : row + 2, 48 : 110 + (row * 13) % 34] = (70, 60, 60)
        return art
    _MOTIF.get(look.motif, _simple)(art, look, np.random.default_rng(look.art))
    if look.vertical:
        turned = np.ascontiguousarray(np.rot90(art))
        write(turned, look.wordmark, (height * 0.5, TILE * 0.46), 62, look.ink, look.font, 900, height * 0.8)
        art = np.ascontiguousarray(np.rot90(turned, -1))
    else:
        level = 0.7 if look.motif in ("gem", "peaks") else 0.3 if look.motif in ("fruit", "wave", "split") else 0.45
        write(art, look.wordmark, (TILE / 2, height * level), 56, look.ink, look.font, 900, TILE * 0.6)
        write(
            art,
            look.under,
            (TILE / 2, height * min(level + 0.17, 0.9)),
            26,
            look.ink,
            "sans",
            600,
            TILE * 0.45,
        )
    write(
        art,
        "330 ml" if SHAPES[look.shape].pack == "can" else "500 ml",
        (TILE * 0.5, height * 0.95),
        12,
        look.ink,
    )
    return art


@lru_cache(maxsize=512)
def wrap(look: Look) -> Image:
    """The label all around: (h, 2 * TILE, 3) uint8 BGR, the front in the middle of the left half."""
    shape = SHAPES[look.shape]
    span = look.label[1] - look.label[0]
    height = int(TILE * shape.height * span / (np.pi * shape.radius))
    if shape.pack == "carton":
        height = int(TILE * shape.height / (2 * shape.radius))
    return np.hstack([_tile(look, height, False), _tile(look, height, True)])
