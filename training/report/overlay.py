"""A photo with its matched, false and missed fronts, as one SVG that holds a small copy of the photo."""

import base64
from html import escape

import cv2
import numpy as np

from models.detections import Image
from training.report.photo import ReportPhoto, pair_fronts
from training.report.svg import title

LONG_SIDE_MAX = 640
JPEG_QUALITY = 70


def overlay(photo: ReportPhoto, image: Image, score: float, alt: str) -> str:
    """image: BGR uint8 of the upright photo at any scale. score: from which a front counts."""
    seen, pairs = photo.prediction, pair_fronts(photo.prediction, score)
    boxes = [_box(seen.boxes[place], "missed", f"missed · 漏检 {photo.truth[place] or ''}") for place in pairs.missed]
    for place, true in zip(pairs.found, pairs.taken, strict=True):
        note = f"{seen.found.scores[place]:.2f} {photo.codes[place] or ''}"
        if true < 0:
            boxes.append(_box(seen.found.boxes[place], "false", f"false · 误检 {note}"))
        else:
            label = photo.truth[true]
            boxes.append(_box(seen.found.boxes[place], "matched", note + (f" ({label})" if label else "")))
    picture = (
        f'<image href="{data_uri(image)}" width="{seen.width}" height="{seen.height}" preserveAspectRatio="none"/>'
    )
    frame = f'<svg class="photo" role="img" viewBox="0 0 {seen.width} {seen.height}" aria-label="{escape(alt)}">'
    return "".join([frame, picture, *boxes, "</svg>"])


def data_uri(image: Image) -> str:
    """JPEG of a BGR uint8 image, long side at most 640 pixels, without metadata."""
    height, width = image.shape[:2]
    share = LONG_SIDE_MAX / max(height, width)
    if share < 1:
        size = max(1, round(width * share)), max(1, round(height * share))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def _box(box: np.ndarray, kind: str, note: str) -> str:
    x1, y1, x2, y2 = (round(float(value), 1) for value in box)
    return (
        f'<rect class="box {kind}" x="{x1}" y="{y1}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}">'
        f"{title(note.strip())}</rect>"
    )
