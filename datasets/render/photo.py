"""One photo of a display with its exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from datasets.render.camera import Box, Camera, Image, Points, aim, area, bounding, clip, remap
from datasets.render.canvas import Canvas, Colour
from datasets.render.display import Display, draw_display
from datasets.render.front import Light
from datasets.render.layout import Plan, from_plan, stock
from datasets.render.phone import develop, draw_phone
from datasets.render.sku import DEMO_SKUS, Sku
from datasets.render.stocking import Stocker
from datasets.render.surroundings import clutter, obstacle, room, shop, tint, upright
from datasets.render.truth import Shot, TruthBox, truth_boxes

Scene = Literal["cooler", "rack", "other"]
Quality = Literal["ok", "dark", "blurry", "glare", "tilted", "cropped"]
SCENES: tuple[Scene, ...] = get_args(Scene)
QUALITIES: tuple[Quality, ...] = get_args(Quality)


@dataclass(frozen=True)
class RenderedPhoto:
    """`image` (H, W, 3 uint8 BGR) and what is on it; `gaps` are empty slots; `rows` those that show a
    front.
    """

    image: Image
    products: tuple[TruthBox, ...]
    coolers: tuple[Box, ...]
    gaps: tuple[Box, ...]
    rows: int
    scene: Scene
    quality: Quality
    seed: int


def render_photo(
    seed: int,
    *,
    width: int = 960,
    height: int = 1280,
    skus: Sequence[Sku] | None = None,
    scene: Scene | None = None,
    quality: Quality | None = None,
    plan: Plan | None = None,
) -> RenderedPhoto:
    """Draw the photo of a seed; the same arguments give the same bytes.

    plan: rows from the top, each a list of product codes or None for an empty slot; then exactly these
    fronts are on
    the photo, all in the picture unless quality is 'cropped'. Raises ValueError for a plan with unknown
    codes, a plan
    for scene 'other', or a picture below 64 px.
    """
    if min(width, height) < 64:
        raise ValueError(f"a photo of {width} x {height} is too small: use at least 64 px")
    if plan is not None and scene == "other":
        raise ValueError("scene 'other' holds no products: leave out the plan or choose 'cooler' or 'rack'")
    rng = np.random.default_rng([seed, 0x5E1F])
    drawn: Scene = "cooler" if rng.random() < 0.62 else "rack"
    scene = scene or drawn
    mood: Quality = QUALITIES[int(rng.choice(6, p=[0.66, 0.08, 0.07, 0.07, 0.05, 0.07]))]
    quality = quality or ("ok" if plan is not None else mood)
    shot = take(rng, (width, height), tuple(skus or DEMO_SKUS), scene, quality, plan)
    products = truth_boxes(shot)
    coolers: tuple[Box, ...] = ()
    if scene == "cooler" and shot.display is not None:
        box = _seen(shot.display.outline(), shot.camera)
        coolers = (box,) if area(box) > 0 else ()
    gaps = tuple(clip(bounding(shot.camera.distort(gap)), width, height) for gap in shot.gaps)
    image = develop(shot.image, draw_phone(rng, quality), rng)
    return RenderedPhoto(
        image,
        products,
        coolers,
        tuple(gap for gap in gaps if area(gap) > 0),
        len({product.row for product in products}),
        scene,
        quality,
        seed,
    )


def take(
    rng: np.random.Generator,
    size: tuple[int, int],
    skus: tuple[Sku, ...],
    scene: Scene,
    quality: Quality,
    plan: Plan | None,
) -> Shot:
    """Set up the scene and draw it, without the phone's losses."""
    barrel = float(rng.uniform(0, 0.05)) if rng.random() < 0.5 else 0.0
    if scene == "other":
        canvas = Canvas(_view(rng, upright(-90, 90, 10, 170, 0), size, quality, barrel, free=True))
        shop(canvas, rng)
        return Shot(remap(canvas.image, canvas.camera), canvas.ids, (), canvas.camera, (), None)
    display = furnish(rng, skus, scene, plan)
    focus = _focus(rng, display, size, free=plan is None)
    canvas = Canvas(_view(rng, focus, size, quality, barrel, free=plan is None))
    wall_z = display.depth + float(rng.uniform(8, 90))
    room(canvas, rng, wall_z)
    clutter(canvas, rng, -display.half, display.half, wall_z)
    glow = float(rng.uniform(0.85, 1.2))
    cast = rng.normal(1, 0.05, 3) * glow
    light = Light(
        float(rng.uniform(-0.8, 0.8)),
        scene == "cooler" and bool(rng.random() < 0.7),
        float(rng.uniform(0.5, 1.4)),
    )
    stocker = Stocker(canvas, rng, -display.inner / 2, display.depth, light, (cast[0], cast[1], cast[2]))
    draw_display(canvas, rng, display, stocker)
    if plan is None and rng.random() < 0.1:
        obstacle(canvas, rng, display.half)
    image, ids = canvas.image, canvas.ids
    if barrel > 0:
        image, ids = remap(image, canvas.camera), remap_ids(ids, canvas.camera)
    return Shot(image, ids, tuple(stocker.fronts), canvas.camera, tuple(stocker.gaps), display)


def remap_ids(ids: NDArray[np.uint16], camera: Camera) -> NDArray[np.uint16]:
    """Owners of pixels through the lens."""
    return np.asarray(remap(ids, camera, nearest=True), np.uint16)  # type: ignore[arg-type]


def furnish(rng: np.random.Generator, skus: tuple[Sku, ...], scene: Scene, plan: Plan | None) -> Display:
    """A cooler or a rack, stocked by the plan or at random."""
    rack = scene == "rack"
    dense = rack and plan is None and rng.random() < 0.06
    base = float(rng.uniform(8, 30) if rack else rng.uniform(28, 55))
    inner, rows = from_plan(plan, skus, rng, base) if plan is not None else stock(skus, rng, base, dense=dense)
    brands = sorted({sku.brand for sku in skus if sku.own} or {sku.brand for sku in skus})
    inside = tint(rng, (0, 0.08), (0.75, 0.98)) if rng.random() < 0.65 else tint(rng, (0, 0.5), (0.12, 0.4))
    door = str(rng.choice(["open-left", "open-right", "closed", ""], p=[0.27, 0.33, 0.25, 0.15]))
    return Display(
        scene,
        inner,
        tuple(rows),
        base,
        float(rng.uniform(1.5, 3) if rack else rng.uniform(3, 7)),
        float(rng.uniform(14, 32)) if not rack or rng.random() < 0.75 else 0.0,
        float(rng.uniform(22, 34) if rack else rng.uniform(34, 50)),
        _paint(rng),
        tint(rng, (0, 1), (0.5, 1)),
        inside,
        str(rng.choice(brands)),
        "" if rack else door,
    )


def _paint(rng: np.random.Generator) -> Colour:
    """Colours that furniture of beverage brands has: mostly blue, red, green, dark or white."""
    if rng.random() < 0.15:
        return tint(rng, (0.35, 1), (0.2, 0.85))
    paints = (
        (150, 50, 15),
        (120, 30, 10),
        (165, 90, 20),
        (30, 20, 170),
        (50, 110, 20),
        (35, 32, 30),
        (215, 215, 215),
        (30, 120, 220),
        (90, 60, 40),
    )
    blue, green, red = np.array(paints[int(rng.integers(len(paints)))]) * rng.uniform(0.75, 1.25, 3)
    return float(blue), float(green), float(red)


def _focus(rng: np.random.Generator, display: Display, size: tuple[int, int], *, free: bool) -> Points:
    """What the photographer takes: the whole display, its shelves, or, standing near, some of them."""
    choice = rng.random()
    if choice < 0.35:
        return display.outline()[:4]
    window = display.opening()
    tall, wide = window[0, 1] - window[2, 1], display.inner
    room_for = wide * size[1] / size[0] * float(rng.uniform(0.8, 1.2))
    if free and choice > 0.55 and room_for < tall:
        low = float(rng.uniform(window[2, 1], window[0, 1] - room_for))
        return upright(-wide / 2, wide / 2, low, low + room_for, 0)
    return window


def _view(
    rng: np.random.Generator,
    focus: Points,
    size: tuple[int, int],
    quality: Quality,
    barrel: float,
    *,
    free: bool,
) -> Camera:
    """A camera in the hand of somebody who stands before the display; `free`: may come too near."""
    low, high = focus.min(axis=0), focus.max(axis=0)
    middle = (low + high) / 2
    reach = max(high[0] - low[0], high[1] - low[1])
    distance = float(rng.uniform(1.25, 2.1)) * max(reach, 90.0)
    yaw = float(np.clip(rng.normal(0, 11), -26, 26))
    eye = float(np.clip(rng.normal(middle[1] + 35, 18), 60, 185))
    offset = distance * np.tan(np.deg2rad(yaw))
    position = np.array([middle[0] + offset, eye, -distance])
    target = middle + np.array([rng.normal(0, 6), rng.normal(0, 6), 0])
    roll = float(np.clip(rng.normal(0, 2), -6, 6))
    if quality == "tilted":
        roll = float(rng.choice([-1, 1])) * float(rng.uniform(5.5, 8))
    width, height = size
    margin = float(rng.uniform(0.02, 0.1))
    if quality == "cropped":
        margin = float(rng.uniform(-0.22, -0.1))
    elif free and rng.random() < 0.3:
        margin = float(rng.uniform(-0.08, 0.02))
    drift = rng.uniform(-1, 1, 2) * max(margin, 0) * 0.8 if quality != "cropped" else rng.uniform(-0.08, 0.08, 2)
    frame = (
        width * (margin + drift[0]),
        height * (margin + drift[1]),
        width * (1 - margin + drift[0]),
        height * (1 - margin + drift[1]),
    )
    return aim(position, target, roll, focus, size, frame, barrel)


def _seen(points: Points, camera: Camera) -> Box:
    return clip(bounding(camera.distort(camera.project(points))), camera.width, camera.height)
