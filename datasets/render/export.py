"""Rendered photos as a folder in YOLO layout."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import cv2

from datasets.render.camera import Box
from datasets.render.photo import RenderedPhoto

DETECTOR_NAMES = ("product", "cooler")


def describe(photo: RenderedPhoto, name: str) -> dict[str, Any]:
    """The truth of a photo as plain JSON values; boxes are x1 y1 x2 y2 in pixels, rounded to hundredths."""
    return {
        "photo": name,
        "width": photo.image.shape[1],
        "height": photo.image.shape[0],
        "scene": photo.scene,
        "quality": photo.quality,
        "rows": photo.rows,
        "seed": photo.seed,
        "products": [
            {
                "box": _rounded(product.box),
                "sku": product.sku,
                "row": product.row,
                "visible": round(product.visible, 3),
                "stacked": product.stacked,
            }
            for product in photo.products
        ],
        "coolers": [_rounded(box) for box in photo.coolers],
        "gaps": [_rounded(box) for box in photo.gaps],
    }


def write_yolo(photos: Iterable[RenderedPhoto], directory: Path, classes: Literal["detector", "sku"]) -> None:
    """Write images/*.jpg, labels/*.txt, labels_cooler/*.txt, data.yaml, truth.json and
    scene_tags.csv; photos may be a generator.

    classes 'detector': labels hold product = 0 and cooler = 1; 'sku': labels hold the product codes, as
    sorted in
    data.yaml, and the coolers stand in labels_cooler alone (class 0), as in the field photos' folder.
    """
    for part in ("images", "labels", "labels_cooler"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    truths = []
    for number, photo in enumerate(photos):
        stem = f"render_{number:05d}_{photo.seed}"
        cv2.imwrite(str(directory / "images" / f"{stem}.jpg"), photo.image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        truths.append(describe(photo, f"{stem}.jpg"))
    codes = sorted({product["sku"] for truth in truths for product in truth["products"]})
    for truth in truths:
        size = (truth["width"], truth["height"])
        fronts = [(0 if classes == "detector" else codes.index(p["sku"]), p["box"]) for p in truth["products"]]
        coolers = [(0, box) for box in truth["coolers"]]
        both = fronts + [(1, box) for _, box in coolers] if classes == "detector" else fronts
        name = Path(truth["photo"]).with_suffix(".txt").name
        (directory / "labels" / name).write_text(_lines(both, size))
        (directory / "labels_cooler" / name).write_text(_lines(coolers, size))
    names = list(DETECTOR_NAMES) if classes == "detector" else codes
    header = f"path: .\ntrain: images\nval: images\nnc: {len(names)}\nnames: {json.dumps(names)}\n"
    (directory / "data.yaml").write_text(header)
    (directory / "truth.json").write_text(json.dumps(truths, indent=1) + "\n")
    tags = [f"{truth['photo']},{truth['scene']},{truth['rows']},{truth['quality']}\n" for truth in truths]
    (directory / "scene_tags.csv").write_text("image,scene,shelf_rows,quality\n" + "".join(tags))


def _lines(boxes: list[tuple[int, list[float]]], size: tuple[int, int]) -> str:
    width, height = size
    lines = []
    for name, (x1, y1, x2, y2) in boxes:
        values = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
        lines.append(f"{name} " + " ".join(f"{value:.6f}" for value in values) + "\n")
    return "".join(lines)


def _rounded(box: Box) -> list[float]:
    return [round(value, 2) for value in box]
