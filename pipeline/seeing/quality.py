"""Is the photo good enough to be judged: size, sharpness, exposure, level; what spoils part of it: `doubts.py`."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import Boxes, Image
from pipeline.seeing.fronts import covered
from pipeline.thresholds import (
    BRIGHT_SHARE_MAX,
    DARK_MEAN_MAX,
    DARK_P95_MAX,
    FRONT_SHARPNESS_MIN,
    LONG_SIDE_MIN,
    ROLL_MAX_DEG,
    SHARPNESS_MIN,
)

FRONTS_MIN = 3  # below it the whole picture is measured: a lone false front says little
EDGES_SHARE = 0.3  # of the pixels, those of the steepest slopes, tell how the camera was held
SLOPE_MAX = 800.0  # no single edge outweighs the rest


@dataclass(frozen=True)
class Quality:
    """Of the photo shrunk to 512, over the fronts where some are seen, else (`fronts` False) over all of it.

    sharpness: variance of the Laplacian. mean, p95: grey of 0..255. bright: share of pixels ≥ 250. roll: degrees in
    [-45, 45) by which the edges of the whole picture are turned from level and upright.
    """

    long_side: int
    sharpness: float
    mean: float
    p95: float
    bright: float
    roll: float
    fronts: bool


def measure(grey: Image, long_side: int, fronts: Boxes) -> Quality:
    """grey: from `small_grey`. long_side: pixels of the full photo. fronts: (n, 4), in pixels of `grey`."""
    enough = len(fronts) >= FRONTS_MIN
    pixels, curvature = grey.ravel(), cv2.Laplacian(grey, cv2.CV_32F).ravel()
    if enough:
        area = np.flatnonzero(covered(grey.shape, fronts))  # places: a quarter of the time of a mask
        pixels, curvature = pixels[area], curvature[area]
    histogram = np.bincount(pixels, minlength=256) / pixels.size
    return Quality(
        long_side,
        float(curvature.var()),
        float(histogram @ np.arange(256)),
        float(np.searchsorted(np.cumsum(histogram), 0.95)),
        float(histogram[250:].sum()),
        roll(grey),
        enough,
    )


def roll(grey: Image) -> float:
    """Degrees in [-45, 45): the commonest direction of the steep edges, modulo a right angle.

    Shelves, cabinets and packs are level and upright, so this holds also where no front is found any more.
    """
    dx, dy = cv2.Scharr(grey, cv2.CV_32F, 1, 0), cv2.Scharr(grey, cv2.CV_32F, 0, 1)
    slopes = cv2.magnitude(dx, dy).ravel()
    rank = int(slopes.size * (1 - EDGES_SHARE))
    steep = np.flatnonzero(slopes > np.partition(slopes, rank)[rank])  # an eighth of the time of np.quantile
    if not len(steep):
        return 0.0
    x, y, slope = (values.ravel()[steep] for values in (dx, dy, slopes))
    degrees = np.degrees(np.arctan2(y, x)) + 225  # 225 is 45 modulo a right angle, and above 0
    counts = np.bincount(degrees.astype(np.int32) % 90, np.minimum(slope, SLOPE_MAX), 90)
    smooth = np.convolve(np.concatenate([counts[-2:], counts, counts[:2]]), [1, 2, 3, 2, 1], "valid")
    return float(smooth.argmax() - 44.5)


def quality_codes(grey: Image, long_side: int, fronts: Boxes) -> list[str]:
    """Codes of what is wrong with the photo; arguments as for `measure`."""
    return quality_flags(measure(grey, long_side, fronts))


def quality_flags(quality: Quality) -> list[str]:
    """Codes of what is wrong with the photo."""
    found = {
        "too_small": quality.long_side < LONG_SIDE_MIN,
        "blurry": quality.sharpness < (FRONT_SHARPNESS_MIN if quality.fronts else SHARPNESS_MIN),
        "dark": quality.mean < DARK_MEAN_MAX and quality.p95 < DARK_P95_MAX,
        "overexposed": quality.bright > BRIGHT_SHARE_MAX,
        "tilted": abs(quality.roll) > ROLL_MAX_DEG,
    }
    return [code for code, wrong in found.items() if wrong]
