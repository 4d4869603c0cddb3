"""Rendered sets for training and for testing the detector: other seeds, sizes and brands than the demo's photos.

Command: `python -m training.rendered` writes runs/data/rendered_train and runs/data/rendered_test (some minutes).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.progress import track

from datasets.field import detection_photos
from datasets.render import DEMO_SKUS, RenderedPhoto, random_skus, render_photo, write_yolo
from datasets.yolo import LabelledPhoto
from training.ultralytics_offline import RUNS

SIZES = ((720, 960), (960, 720), (540, 960), (800, 800), (720, 960), (960, 720))  # 3:4, 4:3, 9:16, square
TRAIN, TEST = range(100_000, 100_132), range(200_000, 200_040)


def rendered_photos(seeds: range, sizes: tuple[tuple[int, int], ...]) -> Iterator[RenderedPhoto]:
    """Every fourth photo shows the demo's brands, the others brands drawn for that photo; every eleventh nothing."""
    for number, seed in enumerate(track(seeds, "Rendering")):
        skus = DEMO_SKUS if number % 4 == 0 else random_skus(np.random.default_rng(seed), 9)
        width, height = sizes[number % len(sizes)]
        yield render_photo(seed, width=width, height=height, skus=skus, scene="other" if number % 11 == 10 else None)


def rendered_set(name: str) -> list[LabelledPhoto]:
    """`train` or `test`; rendered on the first call, read from runs/data afterwards."""
    directory: Path = RUNS / "data" / f"rendered_{name}"
    if not (directory / "truth.json").is_file():
        seeds, sizes = {"train": (TRAIN, SIZES), "test": (TEST, SIZES[:2])}[name]
        write_yolo(rendered_photos(seeds, sizes), directory, "detector")
    return detection_photos(directory)


if __name__ == "__main__":
    for part in ("train", "test"):
        print(part, len(rendered_set(part)))
