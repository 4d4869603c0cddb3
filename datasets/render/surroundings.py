"""What stands around a display: wall, floor, boxes, bags, posters; and shop interiors without any drink."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

from datasets.render.camera import Image
from datasets.render.canvas import Canvas, Colour
from datasets.render.label import write


def tint(rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]) -> Colour:
    """A random BGR colour within the given ranges of saturation and value (0-1)."""
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(*saturation), rng.uniform(*value))
    return blue * 255, green * 255, red * 255


def texture(rng: np.random.Generator, colour: Colour, rough: float, size: int = 96) -> Image:
    """A blotchy surface (size, size, 3) around `colour`, lighter at the top."""
    noise = cv2.GaussianBlur(rng.standard_normal((size, size)).astype(np.float32), (0, 0), 2.5) * 2.5
    coarse = cv2.resize(rng.standard_normal((6, 6)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    gain = 1 + rough * (0.5 * noise + 0.5 * coarse) + np.linspace(0.12, -0.12, size, dtype=np.float32)[:, None]
    return np.clip(np.array(colour, np.float32) * gain[..., None], 0, 255).astype(np.uint8)


def upright(x1: float, x2: float, y1: float, y2: float, z: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Corners (4, 3) of a rectangle that faces the camera at depth `z`."""
    return np.array([[x1, y2, z], [x2, y2, z], [x2, y1, z], [x1, y1, z]], np.float64)


def level(x1: float, x2: float, z1: float, z2: float, y: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Corners (4, 3) of a horizontal rectangle at height `y`, from depth z1 (near) to z2 (far)."""
    return np.array([[x1, y, z2], [x2, y, z2], [x2, y, z1], [x1, y, z1]], np.float64)


def room(canvas: Canvas, rng: np.random.Generator, wall_z: float) -> None:
    """Back wall and floor, plain, tiled or boarded."""
    wall = texture(rng, tint(rng, (0, 0.25), (0.2, 0.95)), float(rng.uniform(0.05, 0.3)), 512)
    style = rng.integers(4)
    for step in range(0, 512, int(rng.integers(14, 40))):
        if style == 1:
            wall[step : step + 1] = wall[step : step + 1] // 2 + 40
            wall[:, step : step + 1] = wall[:, step : step + 1] // 2 + 40
        elif style == 2:
            wall[:, step : step + 2] = wall[:, step : step + 2] // 3
    canvas.quad(upright(-420, 420, 0, 560, wall_z), wall)
    ground = texture(rng, tint(rng, (0, 0.3), (0.25, 0.8)), float(rng.uniform(0.05, 0.2)), 512)
    if rng.random() < 0.6:
        ground[:: int(rng.integers(20, 60))] //= 2
        ground[:, :: int(rng.integers(20, 60))] //= 2
    # The floor begins where it surely lies before the camera.
    near = max(-70.0, float(canvas.camera.position[2]) + 70)
    canvas.quad(level(-420, 420, near, wall_z, 0), ground)


def cuboid(
    canvas: Canvas,
    rng: np.random.Generator,
    x: float,
    z: float,
    size: tuple[float, float, float],
    y: float = 0,
) -> None:
    """A box (width, height, depth) with its left front foot at (x, y, z): carton, crate or furniture."""
    width, height, depth = size
    colour = tint(rng, (0.05, 0.75), (0.15, 0.9))
    if rng.random() < 0.4:
        colour = (90 * rng.uniform(0.8, 1.3), 140 * rng.uniform(0.8, 1.2), 180 * rng.uniform(0.8, 1.2))
    face = texture(rng, colour, 0.12)
    if rng.random() < 0.5:
        word = "".join(rng.choice(list("ABCDEHKLMNORSTVXY品饮料箱茶奶"), int(rng.integers(2, 7))))
        ink = tint(rng, (0, 1), (0, 1))
        write(face, word, (48, rng.uniform(25, 70)), int(rng.integers(12, 30)), _whole(ink), width=90)
    side = np.clip(face * np.float32(0.6), 0, 255).astype(np.uint8)
    at = x if canvas.camera.position[0] < x else x + width
    near, far = z, z + depth
    canvas.quad(np.array([[at, y + height, near], [at, y + height, far], [at, y, far], [at, y, near]], float), side)
    if canvas.camera.position[1] > y + height:
        lid = np.clip(face * np.float32(1.15), 0, 255).astype(np.uint8)
        canvas.quad(level(x, x + width, near, far, y + height), lid)
    canvas.quad(upright(x, x + width, y, y + height, near), face)


def _whole(colour: Colour) -> tuple[int, int, int]:
    return int(colour[0]), int(colour[1]), int(colour[2])


def poster(canvas: Canvas, rng: np.random.Generator, x: float, y: float, z: float) -> None:
    """A picture or notice on the wall."""
    art = texture(rng, tint(rng, (0.2, 1), (0.4, 1)), 0.1)
    for _ in range(int(rng.integers(1, 5))):
        at = (int(rng.integers(96)), int(rng.integers(96)))
        cv2.circle(art, at, int(rng.integers(5, 30)), tint(rng, (0.2, 1), (0.3, 1)), -1, cv2.LINE_AA)
    word = "".join(rng.choice(list("特价新品热卖SALENEW%20优惠"), int(rng.integers(2, 5))))
    write(art, word, (48, 40), 26, _whole(tint(rng, (0, 1), (0, 1))), width=90)
    width, height = rng.uniform(20, 60), rng.uniform(20, 70)
    canvas.quad(upright(x, x + width, y, y + height, z), art)


def clutter(canvas: Canvas, rng: np.random.Generator, left: float, right: float, wall_z: float) -> None:
    """Things beside and behind a display that spans x from `left` to `right`."""
    for _ in range(int(rng.integers(0, 5))):
        poster(canvas, rng, float(rng.uniform(-220, 200)), float(rng.uniform(60, 210)), wall_z - 1)
    if rng.random() < 0.25:  # a window or an open door
        x = float(rng.uniform(-240, 140))
        canvas.quad(upright(x, x + 90, 20, 220, wall_z - 1), texture(rng, (250, 248, 240), 0.05))
    for side in (-1, 1):
        for _ in range(int(rng.integers(0, 4))):
            size = (float(rng.uniform(25, 70)), float(rng.uniform(15, 110)), float(rng.uniform(20, 50)))
            offset = float(rng.uniform(2, 70))
            x = left - offset - size[0] if side < 0 else right + offset
            base = 0.0
            for _ in range(int(rng.integers(1, 4))):
                cuboid(canvas, rng, x, float(rng.uniform(15, 45)), size, base)
                base += size[1]
                size = (size[0], float(rng.uniform(12, 40)), size[2])
    for _ in range(int(rng.integers(0, 4))):
        side = -1 if rng.random() < 0.5 else 1
        bag(
            canvas,
            rng,
            (right + 30 if side > 0 else left - 30) + float(rng.uniform(-20, 20)),
            float(rng.uniform(0, 160)),
        )


def bag(canvas: Canvas, rng: np.random.Generator, x: float, y: float) -> None:
    """A plastic bag or a cloth: a lumpy blob with folds."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    lumps = sum(rng.normal(0, 0.12 / k) * np.cos(k * turn + rng.uniform(0, 6)) for k in range(1, 7))
    radius = rng.uniform(8, 20) * (1 + lumps)
    centre = np.array([x, y + 15.0, float(rng.uniform(5, 30))])
    points = centre + np.stack([np.cos(turn) * radius, 0.9 * np.sin(turn) * radius, np.zeros(48)], 1)
    colour = tint(rng, (0, 0.6), (0.3, 1))
    canvas.polygon(points, colour, 0.95)
    for shrink in (0.85, 0.7, 0.5, 0.3):  # light gathers on the upper left
        canvas.polygon(centre + (points - centre) * shrink + (-2, 3, 0), (255, 255, 255), 0.06)
    for _ in range(5):
        first = int(rng.integers(48))
        fold = points[[first, (first + 1) % 48, (first + int(rng.integers(14, 30))) % 48]]
        canvas.polygon(centre + (fold - centre) * 0.9, (0, 0, 0), 0.12)


def _ball(size: int, colour: Colour) -> Image:
    grid = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    x, y = grid[None, :], grid[:, None]
    depth = np.sqrt(np.maximum(1 - x**2 - y**2, 0))
    light = np.clip(0.35 + 0.7 * (0.6 * depth - 0.4 * x - 0.55 * y), 0.15, 1.2)
    shine = 90 * np.exp(-((x + 0.35) ** 2 + (y + 0.45) ** 2) * 18)
    colours = np.array(colour, np.float32) * light[..., None] + shine[..., None]
    alpha = np.where(x**2 + y**2 < 0.98, 255, 0)
    return np.dstack([np.clip(colours, 0, 255), alpha]).astype(np.uint8)


def fruit_shelf(canvas: Canvas, rng: np.random.Generator, x: float, y: float, width: float) -> None:
    """A crate shelf heaped with fruit."""
    canvas.quad(level(x, x + width, 0, 45, y), texture(rng, (60, 90, 120), 0.2))
    at = x
    while at < x + width - 8:
        hue = float(rng.choice([0.0, 0.04, 0.08, 0.13, 0.16, 0.25, 0.32, 0.9]))
        red, green, blue = colorsys.hsv_to_rgb(
            hue + rng.uniform(0, 0.03), rng.uniform(0.6, 0.95), rng.uniform(0.45, 0.95)
        )
        colour = (blue * 255, green * 255, red * 255)
        part = float(rng.uniform(18, 40))
        ball = _ball(48, colour)
        radius = float(rng.uniform(2.8, 6))
        for depth in (30.0, 20.0, 10.0, 3.0):
            for column in np.arange(at + radius, min(at + part, x + width), radius * 1.8):
                origin = np.array(
                    [column + rng.uniform(-1, 1), y + radius * rng.uniform(0.9, 1.5) + depth * 0.12, depth]
                )
                plane = canvas.camera.plane(origin, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
                step = 2 * radius / 48
                local = np.array([[step, 0, -radius], [0, -step, radius], [0, 0, 1.0]])
                gain = float(rng.uniform(0.8, 1.1)) * (1 - depth / 90)
                canvas.cutout(ball, plane @ local, (gain, gain, gain), 0)
        at += part + 2
    canvas.quad(upright(x, x + width, y - 7, y + 2, -1), texture(rng, tint(rng, (0, 0.6), (0.3, 0.9)), 0.1))


def obstacle(canvas: Canvas, rng: np.random.Generator, half: float) -> None:
    """Something that stands in front of a display and hides a part of it."""
    size = (float(rng.uniform(20, 45)), float(rng.uniform(25, 80)), float(rng.uniform(15, 25)))
    cuboid(canvas, rng, float(rng.uniform(-half - 15, half - 10)), -40, size)


def shop(canvas: Canvas, rng: np.random.Generator) -> None:
    """A negative: counters, boxes and heaps of fruit, no drink and no cooler."""
    wall_z = float(rng.uniform(60, 140))
    room(canvas, rng, wall_z)
    clutter(canvas, rng, -30, 30, wall_z)
    if rng.random() < 0.7:
        for y in np.arange(float(rng.uniform(15, 40)), 150, float(rng.uniform(32, 50))):
            fruit_shelf(canvas, rng, -80, float(y), 160)
    else:
        cuboid(canvas, rng, -70, 10, (140, 85, 50))
        for _ in range(6):
            x, size = float(rng.uniform(-70, 50)), float(rng.uniform(8, 30))
            cuboid(canvas, rng, x, 15, (size, float(rng.uniform(8, 35)), 15), 85)
