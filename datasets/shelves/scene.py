"""A shelf seen from straight ahead: rows of packages, rails with price tags, posters; every front with its box."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from datasets.render.label import write
from datasets.render.surroundings import texture, tint
from datasets.shelves.pack import KINDS, Pack, draw_pack
from datasets.shelves.prints import LETTERS, Image, Prints

Box = tuple[float, float, float, float]
AISLES = (
    ("box", "flat"), ("bag", "pouch"), ("can", "jar"), ("bottle", "jar"), ("tub", "flat", "carton"),
    ("carton", "bottle"), ("box", "bag", "pouch"), ("multipack", "can", "bottle"), ("box", "jar", "bottle", "can"),
    ("pouch",), tuple(KINDS),
)  # fmt: skip


@dataclass
class Scene:
    """canvas: (h, w, 3) uint8 BGR. fronts: boxes x1 y1 x2 y2 in its pixels. doubtful: what may be told for a front."""

    canvas: Image
    px: float
    fronts: list[Box] = field(default_factory=list)
    doubtful: list[Box] = field(default_factory=list)


def draw_scene(rng: np.random.Generator, prints: Prints, width: int, height: int, px: float) -> Scene:
    """Shelves over the whole canvas at `px` pixels per cm, the lowest row cut by its lower edge."""
    back = texture(rng, tint(rng, (0, 0.3), (0.03, 0.8 if rng.random() < 0.3 else 0.3)), 0.15)
    scene = Scene(np.asarray(cv2.resize(back, (width, height)), np.uint8), px)
    kinds = AISLES[int(rng.integers(len(AISLES)))]
    rail = rng.uniform(2.5, 5.5) * px
    style = _RailStyle(rng)
    y = rng.uniform(-12, 20) * px
    first = True
    while y < height:
        few = tuple(rng.choice(kinds, min(len(kinds), 3), replace=False)) if rng.random() < 0.7 else kinds
        clear = max(14.0, max(KINDS[kind][1][1] for kind in few) * rng.uniform(0.65, 1.25)) * px
        if first and rng.random() < 0.35:
            fill_row(scene, rng, prints, ("case",), y + clear, 26 * px)
        elif rng.random() < 0.04:
            _poster(scene, rng, prints, y, y + clear)
        else:
            fill_row(scene, rng, prints, few, y + clear, clear * 0.95)
        _rail(scene, rng, y + clear, rail, style)
        y += clear + rail
        first = False
    return scene


def fill_row(
    scene: Scene, rng: np.random.Generator, prints: Prints, kinds: tuple[str, ...], floor: float, clear: float
) -> None:
    """Products side by side on y = `floor`, at most `clear` pixels high, in runs of one product."""
    px, width = scene.px, scene.canvas.shape[1]
    x = -rng.uniform(0, 15) * px
    gap = rng.uniform(0, 1.2) * px
    hole, behind = rng.choice([0.01, 0.04, 0.15]), rng.random() < 0.8
    while x < width:
        kind = str(rng.choice(kinds))
        pack = draw_pack(rng, prints, kind, px, max(3.0, clear / px))
        for _ in range(int(rng.choice([1, 1, 2, 2, 3, 4, 6, 9]))):
            if rng.random() < hole:
                if behind:  # what stood behind is the nearest now
                    _doubt(scene, _paste(scene, rng, pack, x, floor - 0.1 * pack.height * px, 0.85, 0.55))
                x += pack.width * px * rng.uniform(0.5, 2.0)
                continue
            _column(scene, rng, pack, x, floor, clear, behind)
            x += pack.width * px + gap * rng.uniform(0.3, 1.7)
            if x >= width:
                break


def _column(
    scene: Scene, rng: np.random.Generator, pack: Pack, x: float, floor: float, clear: float, behind: bool
) -> None:
    """One facing: what stands behind it, the front itself, and what is stacked on it."""
    px = scene.px
    high = 1
    if KINDS[pack.kind][2] and rng.random() < (0.8 if pack.kind == "flat" else 0.45):
        high = int(rng.integers(1, max(2, int(clear / (pack.height * px)) + 1)))
    pushed = rng.random() < 0.08
    if behind and not pushed:
        aside, above = rng.normal(0, 0.1) * pack.width * px, rng.uniform(0.0, 0.22) * pack.height * px
        _paste(
            scene,
            rng,
            pack,
            x + aside,
            floor - above - 0.9 * (high - 1) * pack.height * px,
            0.93,
            rng.uniform(0.35, 0.8),
        )
    scale, light = (0.9, 0.75) if pushed else (1.0, 1.0)
    level = floor - (0.06 * pack.height * px if pushed else 0)
    for _ in range(high):
        at = x + rng.normal(0, 0.03) * pack.width * px
        box = _paste(scene, rng, pack, at, level, scale, light)
        if box is not None:
            scene.fronts.append(box)
        level -= pack.height * px * scale * 0.99


def _doubt(scene: Scene, box: Box | None) -> None:
    if box is not None:
        scene.doubtful.append(box)


def _paste(
    scene: Scene, rng: np.random.Generator, pack: Pack, x: float, floor: float, scale: float, light: float
) -> Box | None:
    """Draws the pack standing on `floor` with its left side at x; its box on the canvas, or None outside."""
    sprite = pack.sprite
    height, width = sprite.shape[:2]
    w, h = (
        max(4, round(width * scale * rng.uniform(0.98, 1.02))),
        max(4, round(height * scale * rng.uniform(0.98, 1.02))),
    )
    turn = cv2.getRotationMatrix2D(
        (width / 2, height), rng.normal(0, 1.5 if pack.kind not in ("bag", "pouch") else 4), 1
    )
    shown = cv2.warpAffine(sprite, turn, (width, height)) if rng.random() < 0.6 else sprite
    shown = cv2.resize(shown, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = round(x), round(floor) - h
    rows, columns = scene.canvas.shape[:2]
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + w, columns), min(top + h, rows)
    if x2 - x1 < 2 or y2 - y1 < 2:
        return None
    part = shown[y1 - top : y2 - top, x1 - left : x2 - left]
    alpha = part[:, :, 3:].astype(np.float32) / 255
    colour = part[:, :, :3].astype(np.float32) * np.float32(light * rng.uniform(0.88, 1.1))
    target = scene.canvas[y1:y2, x1:x2]
    shade = np.float32(0.85)  # a thin shadow keeps neighbours of one product apart
    dark = target * (1 - (1 - shade) * cv2.GaussianBlur(alpha, (0, 0), 2)[..., None])
    target[:] = np.clip(dark + alpha * (colour - dark), 0, 255).astype(np.uint8)
    return float(left), float(top), float(left + w), float(top + h)


class _RailStyle:
    """How one shop's rails and tags look."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.paint = tint(rng, (0, 0.9), (0.2, 1)) if rng.random() < 0.5 else (rng.uniform(180, 240),) * 3
        self.tag = (245, 245, 245) if rng.random() < 0.6 else tint(rng, (0.5, 1), (0.7, 1))
        self.ink = (20, 20, 20) if rng.random() < 0.7 else (30, 30, 200)
        self.share, self.wide, self.over = rng.uniform(0.2, 1), rng.uniform(5, 11), rng.uniform(-0.2, 0.7)


def _rail(scene: Scene, rng: np.random.Generator, y: float, height: float, style: _RailStyle) -> None:
    """The shelf's front edge with price tags, now and then a strip of advertising."""
    canvas, px, top, bottom = scene.canvas, scene.px, int(y), int(y + height)
    if top >= canvas.shape[0] or bottom <= 0:
        return
    edge = np.asarray(cv2.resize(texture(rng, style.paint, 0.06), (canvas.shape[1], max(bottom - top, 1))), np.uint8)
    if rng.random() < 0.15:
        word = "".join(rng.choice(LETTERS, 6))
        for x in range(0, canvas.shape[1], int(30 * px)):
            write(edge, word, (x, height / 2), int(height * 0.5), (20, 20, 20), "sans", 700, 20 * px)
    shown = canvas[max(top, 0) : bottom]
    shown[:] = edge[max(-top, 0) : max(-top, 0) + len(shown)]
    shadow = canvas[bottom : bottom + int(3 * px)]
    shadow[:] = (shadow * 0.45).astype(np.uint8)
    left = 0.0
    while left < canvas.shape[1]:
        if rng.random() < style.share:
            _tag(canvas, rng, left, y - height * 0.1 * style.over, style.wide * px, height * (1 + style.over), style)
        left += rng.uniform(1.0, 3.0) * style.wide * px


def _tag(
    canvas: Image, rng: np.random.Generator, x: float, y: float, width: float, height: float, style: _RailStyle
) -> None:
    w, h = max(6, int(width)), max(5, int(height))
    tag = np.empty((h, w, 3), np.uint8)
    tag[:] = (60, 220, 250) if rng.random() < 0.12 else style.tag
    write(tag, str(rng.integers(9, 999)), (w * 0.62, h * 0.6), int(h * 0.5), style.ink, "sans", 700, w * 0.6)
    tag[int(h * 0.15) : int(h * 0.25), int(w * 0.08) : int(w * 0.7)] //= 2
    tag[int(h * 0.6) : int(h * 0.85), int(w * 0.06) : int(w * 0.3) : 2] = 30  # the bars
    left, top = int(x), int(y)
    part = canvas[max(top, 0) : top + h, max(left, 0) : left + w]
    part[:] = tag[max(-top, 0) : max(-top, 0) + part.shape[0], max(-left, 0) : max(-left, 0) + part.shape[1]]


def _poster(scene: Scene, rng: np.random.Generator, prints: Prints, top: float, bottom: float) -> None:
    """Advertising, or loose goods, where products could be: a picture without any front."""
    canvas = scene.canvas
    y1, y2 = max(int(top), 0), min(int(bottom), canvas.shape[0])
    if y2 - y1 < 8:
        return
    step = int(rng.uniform(0.7, 3) * (y2 - y1))
    for x in range(0, canvas.shape[1], step):
        part = canvas[y1:y2, x : x + step]
        part[:] = prints.piece(rng, part.shape[1], part.shape[0])
        if rng.random() < 0.6:
            word = "".join(rng.choice(LETTERS, int(rng.integers(3, 9))))
            poster = np.ascontiguousarray(part)
            write(
                poster, word, (part.shape[1] / 2, (y2 - y1) / 2), (y2 - y1) // 3, (20, 20, 200), "sans", 900, step * 0.9
            )
            part[:] = poster
