"""Fronts counted on photos that hold several hundred: rendered displays set side by side on one of 12 megapixels.

Command: `python -m training.dense` (four minutes).
"""

import json
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from datasets.render import DEMO_SKUS, RenderedPhoto, render_photo
from models.detections import Image
from models.load import load_networks
from pipeline.facts.display import read_display
from pipeline.facts.make import FactContext
from pipeline.read import read_photo
from training.report.statistics import median_interval

WIDTH, HEIGHT = 3072, 4096
SIDES = (2, 3, 4)  # displays in a row and in a column
PHOTOS = 8  # of each
SEED = 500_000  # none of these trained anything, and each is shown once


def side_by_side(displays: list[RenderedPhoto], side: int) -> Image:
    """One photo of about WIDTH × HEIGHT with `side` × `side` displays."""
    size = WIDTH // side, HEIGHT // side
    small = [cv2.resize(display.image, size, interpolation=cv2.INTER_AREA) for display in displays]
    rows = [np.hstack(small[start : start + side]) for start in range(0, side * side, side)]
    return np.asarray(np.vstack(rows), np.uint8)


def main() -> None:
    networks = load_networks("demo")
    context = FactContext(networks.gallery.own)
    report: dict[str, Any] = {"engine": networks.engine}
    for side in SIDES:
        seen = []
        for number in track(range(PHOTOS), f"{side} × {side} displays", transient=True):
            first = SEED + side * 10_000 + number * 100
            displays = [
                render_photo(first + place, width=1536, height=2048, skus=DEMO_SKUS, quality="ok")
                for place in range(side * side)
            ]
            jpeg = cv2.imencode(".jpg", side_by_side(displays, side), [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
            reading = read_photo(jpeg, networks, context)
            there = read_display(reading.detections).there.count()
            truth = sum(len(display.products) for display in displays)
            seen.append(
                (truth, there.low, there.best, there.high, "too_far" in {flag["code"] for flag in reading.flags})
            )
        truths, lows, bests, highs, far = np.array(seen).T
        report[f"{side} × {side}"] = {
            "photos": PHOTOS,
            "fronts": [int(truths.min()), int(truths.max())],
            "best_over_truth": median_interval((bests / truths).tolist()),
            "off_by_more_than_15_percent": int((np.abs(bests / truths - 1) > 0.15).sum()),
            "inside": int(((lows <= truths) & (truths <= highs)).sum()),
            "too_far": int(far.sum()),
        }
    print(json.dumps(report, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
