"""Is the photo good enough to be judged: size, sharpness, exposure."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import PRODUCT, Detections, Image
from pipeline.thresholds import (
    BRIGHT_SHARE_MAX,
    DARK_MEAN_MAX,
    DARK_P95_MAX,
    FRONT_HEIGHT_MIN,
    LONG_SIDE_MIN,
    SCORE_BEST,
    SCORE_TRACE,
    SHARPNESS_MIN,
    TRACES_COUNTED_MIN,
    TRACES_MIN,
)

SMALL_LONG_SIDE = 512

FLAGS = {
    "too_small": (
        "The photo has too few pixels: use the camera's normal resolution.",
        "照片像素太低：请用相机正常分辨率拍摄。",
    ),
    "blurry": (
        "The photo is blurred: hold still and take it again.",
        "照片模糊：请拿稳后重拍。",
    ),
    "dark": (
        "The photo is too dark: add light or use the flash.",
        "照片太暗：请补光或打开闪光灯后重拍。",
    ),
    "overexposed": (
        "The photo is overexposed: avoid the light or the reflection.",
        "照片过曝：请避开强光或反光后重拍。",
    ),
    "count_incomplete": (
        "More fronts than can be counted: take it in parts.",
        "陈列面太多，无法数全：请分段拍摄。",
    ),
    "too_far": (
        "The products are too small on the photo: step closer.",
        "商品在照片中太小：请走近后重拍。",
    ),
    "exact_duplicate": (
        "This very photo was sent before.",
        "这张照片之前已经上传过。",
    ),
    "near_duplicate": (
        "A photo nearly equal to this was sent before.",
        "之前上传过几乎相同的照片。",
    ),
}


@dataclass(frozen=True)
class Quality:
    """sharpness: variance of the Laplacian. mean, p95: grey of 0..255. bright: share of pixels ≥ 250."""

    long_side: int
    sharpness: float
    mean: float
    p95: float
    bright: float


def flag(code: str) -> dict[str, str]:
    """A flag as it stands in a reading: code and what to do, in English and Chinese."""
    english, chinese = FLAGS[code]
    return {"code": code, "en": english, "zh": chinese}


def small_grey(image: Image) -> Image:
    """uint8 (h, w) with a long side of at most 512, by area: what quality and the perceptual hash look at."""
    height, width = image.shape[:2]
    share = min(1.0, SMALL_LONG_SIDE / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # first: shrinking one channel costs a third
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def measure(grey: Image, long_side: int) -> Quality:
    """grey: from `small_grey`. long_side: pixels of the full photo."""
    histogram = np.bincount(grey.reshape(-1), minlength=256) / grey.size
    return Quality(
        long_side,
        float(cv2.Laplacian(grey, cv2.CV_32F).var()),
        float(histogram @ np.arange(256)),
        float(np.searchsorted(np.cumsum(histogram), 0.95)),
        float(histogram[250:].sum()),
    )


def quality_flags(quality: Quality) -> list[str]:
    """Codes of what is wrong with the photo."""
    found = {
        "too_small": quality.long_side < LONG_SIDE_MIN,
        "blurry": quality.sharpness < SHARPNESS_MIN,
        "dark": quality.mean < DARK_MEAN_MAX and quality.p95 < DARK_P95_MAX,
        "overexposed": quality.bright > BRIGHT_SHARE_MAX,
    }
    return [code for code, wrong in found.items() if wrong]


def faint_crowd(detections: Detections) -> bool:
    """Whether many fronts left a trace and few can be counted: they are too small, or too blurred, for the detector."""
    scores = detections.scores[detections.labels == PRODUCT]
    traces, counted = int((scores >= SCORE_TRACE).sum()), int((scores >= SCORE_BEST).sum())
    return traces >= TRACES_MIN and counted < TRACES_COUNTED_MIN * traces


def detection_flags(found: Detections, front_height: float | None) -> list[str]:
    """Codes of why the fronts cannot be counted. front_height: median, in pixels as the detector saw them."""
    too_far = faint_crowd(found) or (front_height is not None and front_height < FRONT_HEIGHT_MIN)
    return ([] if found.complete else ["count_incomplete"]) + (["too_far"] if too_far else [])
