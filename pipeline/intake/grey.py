"""The small grey copy of a photo, on which quality is measured and of which hashes are taken."""

import cv2
import numpy as np

from models.detections import Image

SMALL_LONG_SIDE = 512


def small_grey(image: Image) -> Image:
    """uint8 (h, w) with a long side of at most 512, by area."""
    height, width = image.shape[:2]
    share = min(1.0, SMALL_LONG_SIDE / max(height, width))
    size = max(1, round(width * share)), max(1, round(height * share))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)  # first: shrinking one channel costs a third
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
