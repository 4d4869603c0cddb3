"""Puts the fronts of a display on the picture, and remembers the silhouette of each one of the first row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from datasets.render.camera import Points
from datasets.render.canvas import Canvas, Colour
from datasets.render.front import Light, Sprite, sprite
from datasets.render.layout import Row, Slot
from datasets.render.sku import SHAPES, Sku

_RIGHT = np.array([1.0, 0, 0])
_UP = np.array([0, 1.0, 0])


@dataclass(frozen=True)
class Front:
    """A labelled front: `number` in the ids of the canvas, `outline` (N, 2) in undistorted pixels."""

    number: int
    sku: Sku
    row: int
    stacked: bool
    outline: Points


@dataclass
class Stocker:
    """Draws rows of fronts. `left`: x of the inner left wall; `gain`: BGR tint of the light in the
    display.
    """

    canvas: Canvas
    rng: np.random.Generator
    left: float
    depth: float
    light: Light
    gain: Colour
    fronts: list[Front] = field(default_factory=list)
    gaps: list[Points] = field(default_factory=list)
    _cache: dict[tuple[str, int, int, int], Sprite] = field(default_factory=dict)

    def row(self, row: Row, index: int, lit: float) -> None:
        """Draw one shelf's products, the rear ones first; `lit` scales the light of this shelf."""
        inset = float(self.rng.uniform(1, 4))
        deepest = max((slot.behind for slot in row.slots), default=0)
        for rank in range(deepest, -1, -1):
            order = sorted(row.slots, key=lambda slot: -abs(self.left + slot.x - self.canvas.camera.position[0]))
            for slot in order:
                if slot.sku is not None and slot.behind >= rank:
                    self._place(slot, slot.sku, row.floor, rank, index, inset, lit)
        for slot in row.slots:
            if slot.sku is None:
                self._gap(slot, row)

    def _gap(self, slot: Slot, row: Row) -> None:
        x, half, top = self.left + slot.x, slot.width / 2, row.floor + min(row.clear - 2, 12)
        corners = np.array([[x - half, row.floor, 4], [x + half, row.floor, 4], [x + half, top, 4], [x - half, top, 4]])
        self.gaps.append(self.canvas.camera.project(corners))

    def _place(self, slot: Slot, sku: Sku, floor: float, rank: int, index: int, inset: float, lit: float) -> None:
        shape = SHAPES[sku.look.shape]
        z = inset + shape.radius + rank * (2 * shape.radius + 0.4) + float(self.rng.uniform(0, 1.0))
        if z > self.depth - shape.radius and rank > 0:
            return
        x = self.left + slot.x + float(self.rng.uniform(-0.15, 0.15)) * (1 + rank)
        shadow = float(np.clip(0.72**rank, 0.2, 1)) * lit * float(self.rng.uniform(0.95, 1.05))
        if rank == 0:
            self._contact(x, floor, z, shape.radius)
        for tier in range(slot.stack):
            foot = np.array([x + tier * float(self.rng.uniform(-0.3, 0.3)), floor + tier * shape.height, z])
            tone = (self.gain[0] * shadow, self.gain[1] * shadow, self.gain[2] * shadow)
            outline = self.draw(sku, foot, tone, len(self.fronts) + 1 if rank == 0 else 0)
            if rank == 0:
                self.fronts.append(Front(len(self.fronts) + 1, sku, index, tier > 0, outline))

    def _contact(self, x: float, floor: float, z: float, radius: float) -> None:
        turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        ring = np.stack([x + radius * 1.1 * np.cos(turn), np.full(16, floor), z + radius * 1.1 * np.sin(turn)], 1)
        self.canvas.polygon(ring, (0, 0, 0), 0.4, hides=False)

    def draw(self, sku: Sku, foot: Points, gain: Colour, number: int) -> Points:
        """Draw one front whose axis stands on `foot` (3,) and return its silhouette (N, 2) in undistorted
        pixels.
        """
        camera = self.canvas.camera
        slope, azimuth = camera.slope(foot + np.array([0, SHAPES[sku.look.shape].height / 2, 0]))
        wide = _RIGHT / np.cos(azimuth)
        plane = camera.plane(foot, wide, _UP)
        ends = np.array([[0, 0, 1], [0, 1, 1]], np.float64) @ plane.T
        pixels = ends[:, :2] / ends[:, 2:3]
        scale = float(np.clip(np.hypot(*(pixels[1] - pixels[0])) * 1.15, 1.5, 40))
        drawn = self._sprite(sku, scale, slope)
        step = 1 / drawn.scale
        local = np.array([[step, 0, -drawn.axis * step], [0, -step, drawn.foot * step], [0, 0, 1.0]])
        self.canvas.cutout(drawn.image, plane @ local, gain, number)
        corners = np.column_stack([drawn.outline, np.ones(len(drawn.outline))]) @ plane.T
        return np.asarray(corners[:, :2] / corners[:, 2:3], np.float64)

    def _sprite(self, sku: Sku, scale: float, slope: float) -> Sprite:
        # Neighbours share a drawing: steps of 4 % in size and 0.02 in slope are not seen, two turnings are
        # enough.
        size, tilt = round(float(np.log(scale)) / 0.12), round(slope / 0.025)
        turn = int(self.rng.integers(2)) if self.rng.random() > 0.04 else 2
        key = (sku.code, size, tilt, turn)
        if key not in self._cache:
            away = float(self.rng.normal(0, 0.045)) if turn < 2 else float(self.rng.uniform(0.1, 0.9))
            self._cache[key] = sprite(sku.look, float(np.exp(size * 0.12)), tilt * 0.025, away, self.light)
        return self._cache[key]
