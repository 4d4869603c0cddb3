"""`python -m datasets.render.montage FILE`: twelve rendered photos on one sheet, as the documents show them."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from datasets.render.camera import Image
from datasets.render.photo import render_photo
from datasets.render.sku import random_skus

SEEDS = (201, 202, 206, 207, 208, 24, 25, 26, 42, 43, 211, 200)
_TILE = (270, 360)


def sheet() -> Image:
    """The sheet, (720, 1620, 3) uint8 BGR; even seeds show the demo brands, odd ones procedural brands."""
    tiles = []
    for seed in SEEDS:
        skus = random_skus(np.random.default_rng(seed), 14) if seed % 2 else None
        photo = render_photo(seed, width=720, height=960, skus=skus)
        tiles.append(np.asarray(cv2.resize(photo.image, _TILE, interpolation=cv2.INTER_AREA), np.uint8))
    half = len(tiles) // 2
    return np.vstack([np.hstack(tiles[:half]), np.hstack(tiles[half:])])


def save(file: Path) -> None:
    """Write the sheet as JPEG."""
    cv2.imwrite(str(file), sheet(), [cv2.IMWRITE_JPEG_QUALITY, 68])


if __name__ == "__main__":
    save(Path(sys.argv[1]))
