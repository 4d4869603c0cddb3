"""`python -m datasets.render.demo [OUT]`: the demo photos of `make demo` and their truth, the same bytes each time.

Three display tasks are served; for each some photos clearly pass, some clearly fail and some are for a human. The seeds
of 06 and 07 were picked so that the cooler is surely seen, as on most field photos; few rendered coolers are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.render.camera import Image
from datasets.render.export import describe
from datasets.render.layout import Plan
from datasets.render.photo import Quality, RenderedPhoto, Scene, render_photo
from datasets.render.sku import DEMO_SKUS

DEMO_DIRECTORY = Path(__file__).resolve().parent.parent / "demo"

COLA = "ketto-cola-can"
NEW = "ketto-peach-can"
COLA_FRONTS_MIN = 6
PURITY_MIN = 0.8
NEW_FRONTS_MIN = 2

_OWN = {sku.code for sku in DEMO_SKUS if sku.own}
_RIVO, _ZAPP, _HACHI, _MONDO = "rivo-cola-can", "zapp-energy", "hachi-tea", "mondo-water"
_ZERO, _ORANGE, _LEMON = "ketto-zero-can", "ketto-orange-can", "ketto-lemon-can"
_WATER, _TEA, _RED = "aquilo-water", "senmu-oolong", "voltra-red"
_COLA_BOTTLE, _ORANGE_BOTTLE, _LEMON_BOTTLE = "ketto-cola-bottle", "ketto-orange-bottle", "ketto-lemon-bottle"


@dataclass(frozen=True)
class DemoPhoto:
    """One demo photo: `task` it is taken for, and `intent`: 'pass', 'fail', 'borderline' or 'review'."""

    name: str
    task: str
    intent: str
    seed: int
    plan: Plan | None
    scene: Scene = "cooler"
    quality: Quality = "ok"
    landscape: bool = False


DEMO_PHOTOS: tuple[DemoPhoto, ...] = (
    DemoPhoto("01_cola_block_rack", "cola_block", "pass", 112,
              [[COLA] * 9, [_ORANGE] * 4 + [_LEMON] * 5, [_COLA_BOTTLE] * 4 + [_TEA] * 4], "rack"),
    DemoPhoto("02_cola_block_cooler", "cola_block", "pass", 221,
              [[COLA] * 8, [COLA] * 4 + [_ZERO] * 4, [_WATER] * 4 + [_RED] * 4]),
    DemoPhoto("03_no_cola", "cola_block", "fail", 300,
              [[_ORANGE] * 4 + [_LEMON] * 4, [_TEA] * 4 + [_WATER] * 4, [_RED] * 7], "rack"),
    DemoPhoto("04_cola_just_enough", "cola_block", "borderline", 423,
              [[COLA] * 6 + [_ZERO] * 3, [_ORANGE] * 4 + [_LEMON] * 5,
               [_ORANGE_BOTTLE] * 4 + [_LEMON_BOTTLE] * 5], "rack", landscape=True),
    DemoPhoto("05_pure_cooler", "cooler_purity", "borderline", 514,
              [[COLA] * 4 + [_ORANGE] * 4, [_LEMON] * 4 + [_ZERO] * 4, [_TEA] * 4 + [_RED] * 4, [_WATER] * 8]),
    DemoPhoto("06_pure_cooler_gaps", "cooler_purity", "pass", 20418,
              [[_ORANGE] * 3 + [None] + [COLA] * 4, [_WATER] * 4 + [None, None] + [_TEA] * 3,
               [_LEMON_BOTTLE] * 4 + [_COLA_BOTTLE] * 4]),
    DemoPhoto("07_competitors", "cooler_purity", "fail", 7412,
              [[_RIVO] * 5 + [COLA] * 3, [_ZAPP] * 5 + [_ORANGE] * 3, [_HACHI] * 4 + [_MONDO] * 4]),
    DemoPhoto("08_dark_cooler", "cooler_purity", "review", 801,
              [[COLA] * 4 + [_LEMON] * 4, [_WATER] * 4 + [_RED] * 4, [_TEA] * 8], quality="dark"),
    DemoPhoto("09_new_product", "new_product", "pass", 900,
              [[NEW] * 5 + [_ZERO] * 3, [_ORANGE] * 4 + [_LEMON] * 4, [_TEA] * 4 + [_WATER] * 4]),
    DemoPhoto("10_new_product_missing", "new_product", "fail", 1000,
              [[_RIVO] * 4 + [_LEMON] * 5, [_ZERO] * 4 + [_ORANGE] * 5,
               [_WATER] * 5 + [_RED] * 4], "rack", landscape=True),
    DemoPhoto("11_no_display", "cola_block", "fail", 1104, None, "other", landscape=True),
)  # fmt: skip

COPY_NAME, COPY_OF = "12_cola_block_copy", "02_cola_block_cooler"

_SIDE, _SHORT = 1280, 960
_JPEG = 84


def passes(task: str, photo: RenderedPhoto) -> bool:
    """Whether the truth of a photo fulfils a demo task."""
    codes = [product.sku for product in photo.products]
    if task == "cola_block":
        return codes.count(COLA) >= COLA_FRONTS_MIN
    if task == "new_product":
        return codes.count(NEW) >= NEW_FRONTS_MIN
    if task == "cooler_purity":
        own = sum(code in _OWN for code in codes)
        return bool(photo.coolers) and own >= PURITY_MIN * len(codes) > 0
    raise ValueError(f"unknown demo task {task!r}: use cola_block, cooler_purity or new_product")


def render_demo(entry: DemoPhoto) -> RenderedPhoto:
    """The photo of an entry, 1280 px on the long side."""
    width, height = (_SIDE, _SHORT) if entry.landscape else (_SHORT, _SIDE)
    return render_photo(
        entry.seed, width=width, height=height, scene=entry.scene, quality=entry.quality, plan=entry.plan
    )


def near_copy(image: Image) -> Image:
    """Somebody else's photo sent in again: cropped by some pixels and encoded anew, the content is the same."""
    cut = image[14:-10, 9:-11]
    return np.asarray(cv2.resize(cut, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_AREA), np.uint8)


def _moved(box: Sequence[float], width: int, height: int) -> list[float]:
    """A box of the original in pixels of its near copy."""
    x, y = width / (width - 20), height / (height - 24)
    corners = ((box[0] - 9) * x, (box[1] - 14) * y, (box[2] - 9) * x, (box[3] - 14) * y)
    limits = (width, height, width, height)
    return [round(min(max(value, 0.0), limit), 2) for value, limit in zip(corners, limits, strict=True)]


def _copied(truth: dict[str, Any]) -> dict[str, Any]:
    size = (truth["width"], truth["height"])
    return {
        **truth,
        "photo": f"{COPY_NAME}.jpg",
        "intent": "review",
        "duplicate_of": f"{COPY_OF}.jpg",
        "products": [{**product, "box": _moved(product["box"], *size)} for product in truth["products"]],
        "coolers": [_moved(box, *size) for box in truth["coolers"]],
        "gaps": [_moved(box, *size) for box in truth["gaps"]],
    }


def write_demo(directory: Path) -> list[dict[str, Any]]:
    """Write photos/*.jpg and truth.json to `directory` and return the truth."""
    (directory / "photos").mkdir(parents=True, exist_ok=True)
    truths = []
    for entry in DEMO_PHOTOS:
        photo = render_demo(entry)
        truth = {
            **describe(photo, f"{entry.name}.jpg"),
            "task": entry.task,
            "intent": entry.intent,
            "passes": passes(entry.task, photo),
            "duplicate_of": None,
        }
        _save(directory, truth["photo"], photo.image, _JPEG)
        truths.append(truth)
        if entry.name == COPY_OF:
            original, copied = photo.image, _copied(truth)
    _save(directory, copied["photo"], near_copy(original), 70)
    truths.append(copied)
    (directory / "truth.json").write_text(json.dumps(truths, indent=1) + "\n")
    return truths


def _save(directory: Path, name: str, image: Image, quality: int) -> None:
    cv2.imwrite(str(directory / "photos" / name), image, [cv2.IMWRITE_JPEG_QUALITY, quality])


if __name__ == "__main__":
    write_demo(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO_DIRECTORY)
