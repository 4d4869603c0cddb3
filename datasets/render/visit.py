"""One display photographed at several visits: the furniture, the wall and what stands about stay; the camera, the light
and a part of the stock are others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from datasets.render.camera import Camera, Image, aim, remap
from datasets.render.canvas import Canvas
from datasets.render.display import Display, draw_display
from datasets.render.front import Light
from datasets.render.layout import Row, Slot
from datasets.render.phone import develop, draw_phone
from datasets.render.photo import Scene, furnish
from datasets.render.sku import DEMO_SKUS, Sku
from datasets.render.stocking import Stocker
from datasets.render.surroundings import clutter, room

RESTOCKED = 0.15  # share of the slots that hold something else, or nothing, at another visit


def render_visit(
    display_seed: int, visit: int, *, width: int = 720, height: int = 960, skus: Sequence[Sku] = DEMO_SKUS,
    same_spot: bool = False,
) -> Image:  # fmt: skip
    """The photo (height, width, 3 uint8 BGR) of a display at visit 0, 1, …; the same arguments give the same bytes.

    same_spot: the photographer stands where he stood at visit 0, within a hand's breadth and the aim of a hand; else
    anywhere that a person would.
    """
    home, hand = np.random.default_rng([display_seed, 0xD15]), np.random.default_rng([display_seed, 0xCA3E, visit])
    scene: Scene = "cooler" if home.random() < 0.62 else "rack"
    display = furnish(home, tuple(skus), scene, None)
    wall_z = display.depth + float(home.uniform(8, 90))
    lit = scene == "cooler" and bool(home.random() < 0.7)
    stand = np.random.default_rng([display_seed, 0xCA3E, 0]) if same_spot else hand
    canvas = Canvas(_camera(display, stand, hand, (width, height), moved=same_spot and visit > 0))
    room(canvas, home, wall_z)
    clutter(canvas, home, -display.half, display.half, wall_z)
    if visit:
        display = replace(display, rows=tuple(_restocked(row, skus, hand) for row in display.rows))
    cast = hand.normal(1, 0.05, 3) * hand.uniform(0.85, 1.2)
    light = Light(float(hand.uniform(-0.8, 0.8)), lit, float(hand.uniform(0.5, 1.4)))
    stocker = Stocker(canvas, hand, -display.inner / 2, display.depth, light, (cast[0], cast[1], cast[2]))
    draw_display(canvas, home, display, stocker)
    return develop(remap(canvas.image, canvas.camera), draw_phone(hand, "ok"), hand)


def _camera(
    display: Display, stand: np.random.Generator, hand: np.random.Generator, size: tuple[int, int], *, moved: bool
) -> Camera:
    """`stand` says where the photographer stands and what he takes; if `moved`, `hand` by how much he misses it."""
    focus = display.outline()[:4] if stand.random() < 0.5 else display.opening()
    low, high = focus.min(axis=0), focus.max(axis=0)
    middle = (low + high) / 2
    distance = float(stand.uniform(1.25, 2.1)) * max(high[0] - low[0], high[1] - low[1], 90.0)
    yaw = float(np.clip(stand.normal(0, 11), -26, 26))
    eye = float(np.clip(stand.normal(middle[1] + 35, 18), 60, 185))
    position = np.array([middle[0] + distance * np.tan(np.deg2rad(yaw)), eye, -distance])
    roll, margin, barrel = float(stand.normal(0, 1.5)), float(stand.uniform(0.0, 0.1)), float(stand.uniform(0, 0.05))
    if moved:
        position = position + hand.normal(0, 10, 3)
        roll += float(hand.normal(0, 1))
        margin += float(hand.uniform(-0.02, 0.02))
    target = middle + np.array([hand.normal(0, 6), hand.normal(0, 6), 0])
    drift = hand.uniform(-1, 1, 2) * max(margin, 0) * 0.8
    frame = tuple(float(side * (edge + drift[axis])) for edge in (margin, 1 - margin) for axis, side in enumerate(size))
    return aim(position, target, roll, focus, size, (frame[0], frame[1], frame[2], frame[3]), barrel)


def _restocked(row: Row, skus: Sequence[Sku], rng: np.random.Generator) -> Row:
    return replace(
        row, slots=tuple(_other(slot, skus, rng) if rng.random() < RESTOCKED else slot for slot in row.slots)
    )


def _other(slot: Slot, skus: Sequence[Sku], rng: np.random.Generator) -> Slot:
    """Another product of the same shape, or an empty slot."""
    if slot.sku is None or rng.random() < 0.3:
        return replace(slot, sku=None)
    alike = [sku for sku in skus if sku.look.shape == slot.sku.look.shape]
    return replace(slot, sku=alike[int(rng.integers(len(alike)))])
