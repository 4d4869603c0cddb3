"""The furniture: glass-door coolers and open racks, drawn from the back to the front."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.render.camera import Image, Points
from datasets.render.canvas import Canvas, Colour
from datasets.render.label import write
from datasets.render.layout import Row
from datasets.render.stocking import Stocker
from datasets.render.surroundings import level, texture, tint, upright

Panel = Callable[[float, float, float, float], Points]


@dataclass(frozen=True)
class Display:
    """A cooler or rack in cm; x = 0 is the middle, `base` the height of the lowest shelf, `frame` its posts'
    width.
    """

    kind: str
    inner: float
    rows: tuple[Row, ...]
    base: float
    frame: float
    header: float
    depth: float
    paint: Colour
    trim: Colour
    inside: Colour
    word: str
    door: str  # '', 'open-left', 'open-right' or 'closed'

    @property
    def top(self) -> float:
        """Height of the opening's upper edge."""
        return self.rows[0].floor + self.rows[0].clear

    @property
    def half(self) -> float:
        """Half of the outer width."""
        return self.inner / 2 + self.frame

    def outline(self) -> Points:
        """Corners (8, 3) of the cabinet: front and back."""
        front = upright(-self.half, self.half, 0, self.top + self.header, 0)
        return np.concatenate([front, front + np.array([0, 0, self.depth + 5])])

    def opening(self) -> Points:
        """Corners (4, 3) of the shelves' front."""
        return upright(-self.inner / 2, self.inner / 2, self.base - 3, self.top, 0)


def sign(rng: np.random.Generator, word: str, paint: Colour, trim: Colour, size: tuple[int, int]) -> Image:
    """A printed strip or header of (width, height) pixels with the brand's word."""
    width, height = size
    art = texture(rng, paint, 0.04)
    art = np.asarray(cv2.resize(art, size), np.uint8)
    count = max(round(width / (height * 5)), 1)
    step = width / count
    for number in range(count):
        x = step * (number + 0.5)
        space = step * 0.8
        if step > height * 3.6:  # room for the emblem before the word
            space = min(height * 3.0, step - height * 1.6)
            cv2.circle(art, (int(x - space / 2 - height * 0.1), height // 2), int(height * 0.32), trim, -1, cv2.LINE_AA)
            x += height * 0.4
        write(art, word, (x, height / 2), int(height * 0.62), (245, 245, 245), "sans", 700, space)
    return art


def draw_display(canvas: Canvas, rng: np.random.Generator, display: Display, stocker: Stocker) -> None:
    """Draw the whole display with its products."""
    if display.kind == "cooler":
        _cabinet(canvas, rng, display)
    else:
        _posts(canvas, rng, display)
    rows = display.rows
    dim = rng.uniform(0.75, 1.0, len(rows))
    for index in range(len(rows) - 1, -1, -1):
        _shelf(canvas, rng, display, rows[index], float(dim[index]))
        stocker.row(rows[index], index, float(dim[index]))
    _strips(canvas, rng, display)
    if display.kind == "cooler":
        _front(canvas, rng, display)
        if display.door:
            _door(canvas, rng, display)
    else:
        _rack_front(canvas, rng, display)


def _cabinet(canvas: Canvas, rng: np.random.Generator, display: Display) -> None:
    """Outer side, inner walls with the light falling off to the back and to the floor."""
    half, top, depth = display.half, display.top + display.header, display.depth
    at = -half if canvas.camera.position[0] < -half else half
    side = np.array([[at, top, 0], [at, top, depth + 5], [at, 0, depth + 5], [at, 0, 0]], np.float64)
    canvas.polygon(side, tuple(0.55 * c for c in display.paint))  # type: ignore[arg-type]
    if canvas.camera.position[1] > top:
        canvas.polygon(level(-half, half, 0, depth + 5, top), tuple(0.8 * c for c in display.paint))  # type: ignore[arg-type]
    x, low = display.inner / 2, display.base - 3
    back = texture(rng, tuple(0.62 * c for c in display.inside), 0.08)  # type: ignore[arg-type]
    canvas.quad(upright(-x, x, low, display.top, depth), back)
    wall = np.repeat(np.linspace(1.0, 0.5, 64)[None, :, None], 64, 0) * np.array(display.inside, np.float64)
    for sign_x in (-1, 1):
        corners = np.array(
            [
                [sign_x * x, display.top, 0],
                [sign_x * x, display.top, depth],
                [sign_x * x, low, depth],
                [sign_x * x, low, 0],
            ],
            np.float64,
        )
        canvas.quad(corners, np.clip(wall, 0, 255).astype(np.uint8))
    canvas.polygon(level(-x, x, 0, depth, display.top), tuple(0.5 * c for c in display.inside))  # type: ignore[arg-type]
    if rng.random() < 0.5:
        tone = (250.0, 250.0, 245.0)
        for sign_x in (-1, 1):
            edge = sign_x * (x - 0.3)
            tube = np.array([[edge, display.top, 1], [edge, display.top, 2.6], [edge, low, 2.6], [edge, low, 1]], float)
            canvas.polygon(tube, tone, 0.95)


def _posts(canvas: Canvas, rng: np.random.Generator, display: Display) -> None:
    """Back of a rack: board or wire mesh, and its rear posts."""
    x, depth = display.inner / 2, display.depth
    kind = rng.random()
    if kind < 0.45:
        canvas.quad(upright(-x, x, display.base - 3, display.top, depth), texture(rng, display.inside, 0.1), 1.0)
    elif kind < 0.8:
        for step in np.arange(-x, x, 6.0):
            canvas.polygon(upright(step, step + 0.5, display.base, display.top, depth), display.trim, 0.8)
        for step in np.arange(display.base, display.top, 7.0):
            canvas.polygon(upright(-x, x, step, step + 0.5, depth), display.trim, 0.8)
    for edge in (-x, x - 2):
        canvas.polygon(upright(edge, edge + 2, 0, display.top, depth), tuple(0.6 * c for c in display.paint))  # type: ignore[arg-type]


def _shelf(canvas: Canvas, rng: np.random.Generator, display: Display, row: Row, dim: float) -> None:
    x = display.inner / 2
    gain = np.linspace(0.4, 0.95, 48)[:, None, None] * dim
    board = np.repeat(gain, 48, 1) * np.array(display.inside, np.float64)
    if rng.random() < 0.5:
        board[:, ::4] *= 0.6  # wire shelf
    canvas.quad(level(-x, x, 0, display.depth, row.floor), np.clip(board, 0, 255).astype(np.uint8))


def _strips(canvas: Canvas, rng: np.random.Generator, display: Display) -> None:
    """Front edges of the shelves with brand and price labels."""
    x = display.inner / 2
    height = float(rng.uniform(2.2, 4.2))
    style = rng.random()
    plain = tint(rng, (0, 0.15), (0.55, 1))
    word = display.word if rng.random() < 0.85 else ""
    for row in display.rows:
        art = sign(rng, word, display.paint, display.trim, (512, 32))
        if style < 0.3:
            art = np.asarray(cv2.resize(texture(rng, plain, 0.05), (512, 32)), np.uint8)
        if style > 0.8 or style < 0.3:
            at = int(rng.integers(10, 60))
            while at < 470:
                art[4:29, at : at + 34] = (240, 245, 245) if rng.random() < 0.8 else (80, 220, 250)
                price = f"{int(rng.integers(20, 99)) / 10:.1f}"
                write(art, price, (at + 17, 16), 17, (40, 30, 30) if rng.random() < 0.7 else (30, 30, 200))
                at += int(rng.integers(40, 110))
        canvas.quad(upright(-x, x, row.floor - height, row.floor + 0.3, 0), art)
        canvas.polygon(upright(-x, x, row.floor - height - 1.2, row.floor - height, 0.5), (15, 15, 15), 0.55)
        if display.kind == "rack" and style > 0.55:  # a rail that keeps the products from falling
            canvas.polygon(upright(-x, x, row.floor + 3.4, row.floor + 3.9, -0.5), (200, 200, 205), 0.9)


def _front(canvas: Canvas, rng: np.random.Generator, display: Display) -> None:
    """The cabinet's face around the opening: posts, header with the brand, base with louvres."""
    half, x, low = display.half, display.inner / 2, display.base - 3
    paint = texture(rng, display.paint, 0.08)
    canvas.quad(upright(-half, -x, 0, display.top, 0), paint)
    canvas.quad(upright(x, half, 0, display.top, 0), paint)
    foot = np.asarray(cv2.resize(paint, (256, 96)), np.uint8)
    if rng.random() < 0.5:
        foot[40:80:5, 20:236] //= 3
    elif rng.random() < 0.6:
        write(foot, display.word, (128, 48), 50, (245, 245, 245), width=200)
    canvas.quad(upright(-half, half, 0, low, 0), foot)
    head = sign(
        rng,
        display.word,
        display.paint if rng.random() < 0.8 else display.trim,
        display.trim,
        (512, max(int(512 * display.header / (2 * half)), 20)),
    )
    canvas.quad(upright(-half, half, display.top, display.top + display.header, 0), head)
    for edge in (-x, x - 0.7):
        canvas.polygon(upright(edge, edge + 0.7, low, display.top, -0.1), (30, 30, 30), 0.7)


def _door(canvas: Canvas, rng: np.random.Generator, display: Display) -> None:
    """A glass door, shut or swung aside, with its frame, handle and what the glass mirrors."""
    x1, x2, low, top = -display.half, display.half, display.base - 4, display.top + 1
    width = x2 - x1
    if display.door == "closed":
        along, hinge = np.array([1.0, 0, 0]), np.array([x1, 0, -3.0])
    else:
        swing = np.deg2rad(rng.uniform(88, 150))
        sign_x = -1.0 if display.door == "open-left" else 1.0
        along = np.array([sign_x * abs(np.cos(swing)), 0, -np.sin(swing)])
        hinge = np.array([sign_x * display.half, 0, 0.0])

    def panel(u1: float, u2: float, y1: float, y2: float) -> Points:
        corners = [(u1, y2), (u2, y2), (u2, y1), (u1, y1)]
        return np.array([hinge + along * u * width + (0, y, 0) for u, y in corners])

    edge = display.frame / width
    colour = display.paint if rng.random() < 0.6 else (35.0, 35.0, 38.0)
    glass = texture(rng, (150, 155, 150) if rng.random() < 0.6 else (60, 60, 58), 0.35)
    if display.door == "closed":
        _reflections(canvas, rng, panel, (edge, 1 - edge, low + 4, top - 4))
    else:
        canvas.quad(panel(edge, 1 - edge, low + 3, top - 3), glass, float(rng.uniform(0.45, 0.85)))
    for bar in ((0, edge, low, top), (1 - edge, 1, low, top), (0, 1, top - 4, top), (0, 1, low, low + 4)):
        canvas.polygon(panel(*bar), colour)
    if rng.random() < 0.7:
        middle = (low + top) / 2
        handle = panel(1 - edge * 0.75, 1 - edge * 0.35, middle - 22, middle + 22)
        canvas.polygon(handle, (200, 200, 205) if rng.random() < 0.5 else (25, 25, 25))


def _reflections(
    canvas: Canvas, rng: np.random.Generator, panel: Panel, span: tuple[float, float, float, float]
) -> None:
    """What a closed glass door mirrors: a veil, slanted streaks, a bright window."""
    u1, u2, y1, y2 = span
    canvas.polygon(panel(u1, u2, y1, y2), (215, 220, 215), float(rng.uniform(0.03, 0.14)), hides=False)
    for _ in range(int(rng.integers(1, 4))):
        a = float(rng.uniform(u1, u2 - 0.15))
        wide = float(rng.uniform(0.05, 0.3))
        streak = panel(a, min(a + wide, u2), y1, y2)
        streak[:2] += (streak[1] - streak[0]) * rng.uniform(0, 0.4)
        canvas.polygon(streak, (240, 240, 235), float(rng.uniform(0.04, 0.2)), hides=False)
    if rng.random() < 0.5:  # a window behind the photographer
        a, b = float(rng.uniform(u1, u2 - 0.3)), float(rng.uniform(y1, max(y1, y2 - 40)))
        canvas.polygon(panel(a, a + 0.28, b, b + 38), (250, 250, 245), float(rng.uniform(0.1, 0.32)), hides=False)


def _rack_front(canvas: Canvas, rng: np.random.Generator, display: Display) -> None:
    x, top = display.inner / 2, display.top
    for edge in (-x - display.frame, x):
        canvas.polygon(upright(edge, edge + display.frame, 0, top, 0), display.paint)
        canvas.polygon(upright(edge, edge + display.frame * 0.3, 0, top, -0.1), (230, 230, 230), 0.25)
    if display.header > 0:
        head = sign(
            rng,
            display.word,
            display.paint,
            display.trim,
            (512, max(int(256 * display.header / display.half), 20)),
        )
        canvas.quad(upright(-display.half, display.half, top, top + display.header, 0), head)
