"""Made-up products: the demo brand family, its competitors, and procedural brands for training."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import Literal

import numpy as np

Bgr = tuple[int, int, int]
Pack = Literal["can", "bottle", "carton"]

MOTIFS = ("band", "wave", "gem", "fruit", "leaf", "stripes", "rays", "peaks", "bolt", "dots", "split", "arch")


@dataclass(frozen=True)
class Look:
    """How a product looks. Colours are BGR 0-255; `label` is the printed span as fractions of height from
    the top.
    """

    shape: str
    base: Bgr
    second: Bgr
    accent: Bgr
    ink: Bgr
    motif: str
    wordmark: str
    under: str = ""
    cap: Bgr = (240, 240, 240)
    liquid: Bgr = (30, 30, 60)
    label: tuple[float, float] = (0.0, 1.0)
    clear: bool = False
    vertical: bool = False
    font: str = "sans"
    art: int = 0


@dataclass(frozen=True)
class Sku:
    """A product of the catalogue: code, names, brand, pack, whether it is ours, whether it is the new one."""

    code: str
    name: str
    name_zh: str
    brand: str
    pack: Pack
    own: bool
    is_new: bool
    look: Look


@dataclass(frozen=True)
class Shape:
    """A container of revolution (or a box): height and radii in cm, `profile` = (height fraction from top,
    radius).
    """

    pack: Pack
    height: float
    radius: float
    profile: tuple[tuple[float, float], ...]
    cap: float = 0.0  # fraction of the height that is screw cap


# fmt: off
SHAPES: dict[str, Shape] = {
    "can": Shape("can", 12.2, 3.3, ((0, 0.82), (0.03, 0.84), (0.1, 1), (0.93, 1), (0.975, 0.86), (1, 0.78))),
    "slim": Shape("can", 14.6, 2.9, ((0, 0.86), (0.03, 0.88), (0.085, 1), (0.94, 1), (0.98, 0.86), (1, 0.8))),
    "stubby": Shape("can", 9.2, 2.7, ((0, 0.88), (0.04, 0.9), (0.12, 1), (0.92, 1), (0.97, 0.88), (1, 0.82))),
    "cola": Shape(
        "bottle", 22.5, 3.3,
        ((0, 0.42), (0.075, 0.43), (0.08, 0.38), (0.13, 0.42), (0.3, 0.97), (0.36, 1), (0.6, 0.97),
         (0.72, 0.86),
         (0.8, 0.97), (0.95, 1), (1, 0.86)), 0.075,
    ),
    "tea": Shape(
        "bottle", 20.5, 3.4,
        ((0, 0.56), (0.085, 0.57), (0.09, 0.5), (0.12, 0.52), (0.23, 0.95), (0.27, 1), (0.31, 0.96),
         (0.35, 1),
         (0.88, 1), (0.91, 0.96), (0.95, 1), (1, 0.9)), 0.085,
    ),
    "water": Shape(
        "bottle", 22.0, 3.2,
        ((0, 0.42), (0.07, 0.43), (0.075, 0.38), (0.12, 0.42), (0.26, 0.93), (0.33, 1), (0.42, 0.94),
         (0.5, 1),
         (0.62, 1), (0.68, 0.94), (0.74, 1), (0.8, 0.94), (0.86, 1), (0.96, 1), (1, 0.88)), 0.07,
    ),
    "sport": Shape(
        "bottle", 20.0, 3.5,
        ((0, 0.5), (0.09, 0.52), (0.095, 0.44), (0.14, 0.5), (0.22, 0.9), (0.32, 1), (0.55, 0.9), (0.72, 1),
         (0.95, 1), (1, 0.9)), 0.09,
    ),
    "large": Shape(
        "bottle", 31.0, 4.6,
        ((0, 0.3), (0.055, 0.31), (0.06, 0.28), (0.1, 0.31), (0.27, 0.95), (0.33, 1), (0.66, 0.97),
         (0.72, 0.93),
         (0.78, 1), (0.96, 1), (1, 0.88)), 0.055,
    ),
    "carton": Shape("carton", 12.0, 2.7, ((0, 1), (1, 1))),
}
# fmt: on

_WHITE: Bgr = (245, 245, 245)
_INK: Bgr = (40, 30, 25)


def _sku(code: str, name: str, zh: str, brand: str, look: Look, own: bool = True, new: bool = False) -> Sku:
    return Sku(code, name, zh, brand, SHAPES[look.shape].pack, own, new, look)


_COLA = (135, 35, 75)
# fmt: off
_OWN = (
    _sku("ketto-cola-can", "Ketto Cola", "凯朵可乐", "Ketto",
         Look("can", _COLA, (40, 190, 250), _WHITE, _WHITE, "gem", "Ketto", "cola", art=1)),
    _sku("ketto-cola-bottle", "Ketto Cola", "凯朵可乐 瓶装", "Ketto",
         Look("cola", _COLA, (40, 190, 250), _WHITE, _WHITE, "gem", "Ketto", "cola", cap=(135, 35, 75),
              liquid=(14, 18, 34), label=(0.38, 0.7), art=1)),
    _sku("ketto-zero-can", "Ketto Zero", "凯朵零糖可乐", "Ketto",
         Look("can", (32, 28, 28), (175, 175, 180), (40, 30, 215), _WHITE, "split", "Ketto", "ZERO", art=2)),
    _sku("ketto-orange-can", "Ketto Orange", "凯朵香橙汽水", "Ketto",
         Look("can", (20, 120, 250), (40, 170, 60), (60, 205, 255), _WHITE, "fruit", "Orange", "ketto",
              art=3)),
    _sku("ketto-orange-bottle", "Ketto Orange", "凯朵香橙汽水 瓶装", "Ketto",
         Look("cola", (20, 110, 245), (40, 160, 60), (60, 205, 255), _WHITE, "fruit", "Orange", "ketto",
              cap=(30, 130, 245), liquid=(20, 110, 235), label=(0.38, 0.7), art=3)),
    _sku("ketto-lemon-can", "Ketto Lemon", "凯朵柠檬汽水", "Ketto",
         Look("can", (70, 165, 30), (60, 230, 250), (90, 220, 160), _WHITE, "rays", "Lemon", "ketto", art=4)),
    _sku("ketto-lemon-bottle", "Ketto Lemon", "凯朵柠檬汽水 瓶装", "Ketto",
         Look("cola", (60, 150, 25), (60, 230, 250), (90, 220, 160), _WHITE, "rays", "Lemon", "ketto",
              cap=(50, 170, 40), liquid=(85, 170, 60), label=(0.38, 0.7), art=4)),
    _sku("aquilo-water", "Aquilo Water", "雪岚饮用水", "Aquilo",
         Look("water", (165, 80, 20), (230, 190, 120), _WHITE, _WHITE, "peaks", "AQUILO", "water", cap=_WHITE,
              liquid=(235, 215, 190), label=(0.44, 0.7), clear=True, art=5)),
    _sku("senmu-oolong", "Senmu Oolong", "森沐乌龙茶", "Senmu",
         Look("tea", (28, 34, 30), (60, 150, 60), (90, 190, 225), (235, 245, 240), "leaf", "SENMU", "乌龙茶",
              cap=(30, 35, 35), liquid=(30, 80, 130), label=(0.24, 0.93), vertical=True, art=6)),
    _sku("voltra-red", "Voltra Red", "沃超能量 红", "Voltra",
         Look("sport", (35, 25, 205), (20, 20, 20), (60, 215, 250), (60, 215, 250), "bolt", "VOLTRA",
              "energy",
              cap=(35, 25, 190), liquid=(40, 20, 190), label=(0.24, 0.8), font="italic", art=7)),
    _sku("solmi-juice", "Solmi Juice", "暖果鲜果汁", "Solmi",
         Look("carton", (80, 205, 250), (70, 60, 225), (70, 170, 60), (45, 60, 150), "fruit", "Solmi",
              "果汁", art=8)),
    _sku("ketto-peach-can", "Ketto Peach Sparkling", "凯朵白桃气泡水", "Ketto",
         Look("slim", (205, 190, 250), (130, 95, 235), _WHITE, (110, 50, 170), "wave", "Peach", "白桃",
              art=9),
         new=True),
)

_OTHERS = (
    _sku("rivo-cola-can", "Rivo Cola", "里沃可乐", "Rivo",
         Look("can", (30, 25, 165), (200, 225, 235), (90, 60, 40), _WHITE, "band", "Rivo", "cola",
              font="italic",
              art=21), own=False),
    _sku("mondo-water", "Mondo Water", "满多饮用水", "Mondo",
         Look("water", (45, 40, 205), (225, 225, 230), _WHITE, _WHITE, "split", "mondo", "water",
              cap=(45, 40, 205),
              liquid=(232, 222, 205), label=(0.42, 0.66), clear=True, art=22), own=False),
    _sku("hachi-tea", "Hachi Green Tea", "八知绿茶", "Hachi",
         Look("tea", (70, 215, 235), (50, 140, 45), (45, 60, 225), (30, 70, 25), "arch", "hachi", "绿茶",
              cap=(60, 170, 60), liquid=(50, 150, 190), label=(0.24, 0.93), art=23), own=False),
    _sku("zapp-energy", "Zapp Energy", "闪能", "Zapp",
         Look("slim", (190, 175, 30), (25, 25, 25), (235, 235, 235), (25, 25, 25), "stripes", "ZAPP",
              "energy",
              art=24), own=False),
)

# fmt: on
DEMO_SKUS: tuple[Sku, ...] = _OWN + _OTHERS

_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ra",
    "vo",
    "zen",
    "tu",
    "pi",
    "so",
    "nel",
    "du",
    "fri",
    "go",
    "bex",
    "yu",
    "ha",
    "cri",
)
_CHINESE = ("冰", "茶", "果", "泉", "橙", "柠", "乐", "清", "甘", "蜜", "桃", "莓", "绿", "红", "鲜", "源")


def _colour(rng: np.random.Generator, hue: float, vivid: bool = True) -> Bgr:
    saturation = rng.uniform(0.65, 1) if vivid else rng.uniform(0, 0.5)
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, rng.uniform(0.45, 1))
    return int(blue * 255), int(green * 255), int(red * 255)


def _random_look(rng: np.random.Generator, shape: str, name: str) -> Look:
    hue = float(rng.random())
    base = _colour(rng, hue, vivid=rng.random() < 0.75)
    if rng.random() < 0.12:
        base = (int(rng.integers(15, 50)),) * 3
    second = _colour(rng, hue + rng.uniform(0.15, 0.85))
    accent = _colour(rng, hue + rng.uniform(0.15, 0.85), vivid=rng.random() < 0.6)
    light = 0.114 * base[0] + 0.587 * base[1] + 0.299 * base[2]
    top = float(rng.uniform(0.22, 0.45))
    clear = rng.random() < 0.22
    liquid = (int(rng.integers(205, 245)), int(rng.integers(200, 230)), int(rng.integers(180, 215)))
    if not clear:
        liquid = _colour(rng, rng.random() if rng.random() < 0.5 else hue)
    if rng.random() < 0.2:
        liquid = (14, 18, 34)
    return Look(
        shape,
        base,
        second,
        accent,
        _WHITE if light < 150 or rng.random() < 0.15 else _INK,
        str(rng.choice(MOTIFS)),
        name.upper() if rng.random() < 0.5 else name.title(),
        "".join(rng.choice(_CHINESE, 2)),
        cap=_WHITE if rng.random() < 0.35 else _colour(rng, hue),
        liquid=liquid,
        label=(top, float(rng.uniform(max(top + 0.2, 0.62), 0.94))),
        clear=clear,
        vertical=bool(rng.random() < 0.3),
        font="italic" if rng.random() < 0.35 else "sans",
        art=int(rng.integers(1 << 30)),
    )


def random_skus(rng: np.random.Generator, n: int) -> tuple[Sku, ...]:
    """`n` procedural products with codes `gen-000`, `gen-001`, ... Half of them are own; the last one is
    new.
    """
    shapes = ("can", "slim", "stubby", "cola", "tea", "water", "sport", "large", "carton")
    weights = np.array([5, 3, 1, 3, 4, 3, 3, 1, 1], float)
    made = []
    for number in range(n):
        shape = str(rng.choice(shapes, p=weights / weights.sum()))
        name = "".join(rng.choice(_SYLLABLES, int(rng.integers(2, 4))))
        zh = "".join(rng.choice(_CHINESE, 3))
        look = _random_look(rng, shape, name)
        own = bool(rng.random() < 0.5)
        made.append(
            Sku(
                f"gen-{number:03d}",
                name.title(),
                zh,
                name.title(),
                SHAPES[shape].pack,
                own,
                number == n - 1,
                look,
            )
        )
    return tuple(made)
