"""Fronts and coolers of a photo: a first pass, a second one where fronts are small or large, and whose fronts count.

The detectors know fronts of some 40 to 140 network pixels. Smaller ones are seen closer in a second pass, larger ones
from farther away; coolers are those of the detector's first pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import log

import numpy as np

from models.detections import PRODUCT, Detections, Image, best_first
from models.detector import Detector, suppress
from models.load import Networks
from models.stopwatch import Stopwatch
from pipeline.photo import DecodedPhoto
from pipeline.seeing.out_of_distribution import UNSURE_MAX, is_out_of_distribution, with_fronts
from pipeline.thresholds import (
    CLOSER,
    CLOSER_LONG_SIDE_MIN,
    FARTHER,
    FRONT_HEIGHT_CLOSER,
    FRONT_HEIGHT_FARTHER,
    FRONT_HEIGHT_MEANT,
    FRONT_HEIGHT_MIN,
    SCORE_BEST,
    SCORE_TRACE,
    TRACES_COUNTED_MIN,
    TRACES_MIN,
)

# Network pixels at the first pass, from which its fronts are kept beside those of a closer one, in which near goods
# would be larger than the detector knows. The two place small fronts too differently to be told for one: of the first
# 200 calibration displays 17 are seen closer; the mean log error of their counts is 0.045 if fronts are kept from
# 48 on, 0.034 from 64, 0.022 from 80, from 120 and with none.
KEPT_HEIGHT = 120
SEEN_SCORE = 0.25

Heights = tuple[float | None, float | None]


@dataclass(frozen=True)
class Detected:
    """photo: as the last pass saw it. found: boxes on photo.image. codes: flags of why they cannot be counted.

    read_by: versions of the networks.
    """

    photo: DecodedPhoto
    found: Detections
    codes: list[str]
    read_by: dict[str, str]


def detect(
    photo: DecodedPhoto, closer: Callable[[], DecodedPhoto], networks: Networks, watch: Stopwatch | None = None
) -> Detected:
    """What the detector finds, and where it does not know the goods what the general one makes of it. closer: gives the
    photo with pixels enough for a closer pass."""
    own = _passes("detector", photo, closer, networks.detector, watch)
    if networks.general is None or not is_out_of_distribution(own.found):
        return own
    other = _passes("general", own.photo, closer, networks.general, watch)
    found = with_fronts(own.found.scaled(*_ratio(own.photo, other.photo)), other.found)
    # what the detector cannot see well stays flagged, as without the general one
    codes = own.codes + [code for code in other.codes if code == "count_incomplete" and code not in own.codes]
    return Detected(other.photo, found, codes, own.read_by | other.read_by)


def _passes(
    name: str, photo: DecodedPhoto, closer: Callable[[], DecodedPhoto], detector: Detector, watch: Stopwatch | None
) -> Detected:
    found, read_by = detector.detect(photo.image, watch), {name: detector.manifest.version}
    size = detector.manifest.input_size
    heights = _heights(found, photo, size)
    larger = magnification(found, *heights)
    seen = closer() if larger > 1 and _has_more(photo) else photo
    if larger != 1:
        found = second_pass(detector, seen.image, found.scaled(*_ratio(photo, seen)), larger, watch)
        # from farther away small fronts are not too far: the first pass had them larger
        heights = _heights(found, seen, size * max(larger, 1.0))
    if larger < 1:
        found = _unsure_below(found, FRONT_HEIGHT_MIN * max(seen.image.shape) / size / larger)
    return Detected(seen, found, detection_flags(found, *heights), read_by)


def magnification(found: Detections, seen_height: float | None, trace_height: float | None) -> float:
    """How many times as large as at the first pass fronts are to be seen; 1: the first pass will do.

    Heights: medians in network pixels, see `_heights`.
    """
    if faint_crowd(found, trace_height):
        return CLOSER
    if seen_height is None:
        return 1.0
    if seen_height > FRONT_HEIGHT_FARTHER:
        return min(FARTHER, key=lambda larger: abs(log(larger * seen_height / FRONT_HEIGHT_MEANT)))
    return CLOSER if seen_height < FRONT_HEIGHT_CLOSER else 1.0


def second_pass(
    detector: Detector, image: Image, first: Detections, larger: float, watch: Stopwatch | None = None
) -> Detections:
    """Fronts of `image` seen `larger` times as large, or smaller, with the coolers of `first`; a closer pass also keeps
    its large fronts.

    first: what the detector found on the same photo; all boxes are in pixels of `image`.
    """
    again = detector.detect(image, watch, larger)
    tall = first.boxes[:, 3] - first.boxes[:, 1] >= KEPT_HEIGHT * max(image.shape) / detector.manifest.input_size
    parts = first.take((first.labels != PRODUCT) | (tall & (larger > 1))), again.take(again.labels == PRODUCT)
    return suppress(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.labels for part in parts]),
        complete=first.complete and again.complete,
    )


def faint_crowd(detections: Detections, trace_height: float | None) -> bool:
    """Whether many small fronts left a trace and few can be counted: they are too far for the detector.

    trace_height: median of the traces in network pixels. Many large ones are goods that the detector does not know.
    """
    if trace_height is None or trace_height >= FRONT_HEIGHT_MIN:
        return False
    scores = detections.scores[detections.labels == PRODUCT]
    traces, counted = int((scores >= SCORE_TRACE).sum()), int((scores >= SCORE_BEST).sum())
    return traces >= TRACES_MIN and counted < TRACES_COUNTED_MIN * traces


def detection_flags(found: Detections, front_height: float | None, trace_height: float | None) -> list[str]:
    """Codes of why the fronts cannot be counted. Heights: medians, in network pixels, see `_heights`."""
    too_far = faint_crowd(found, trace_height) or (front_height is not None and front_height < FRONT_HEIGHT_MIN)
    return ([] if found.complete else ["count_incomplete"]) + (["too_far"] if too_far else [])


def front_height(found: Detections, shape: tuple[int, ...], size: float, score: float = SEEN_SCORE) -> float | None:
    """Median height of the fronts from `score` in network pixels, None where there are none. shape: (h, w, …) of the
    picture that the boxes are on. size: network pixels of its long side."""
    seen = (found.labels == PRODUCT) & (found.scores >= score)
    if not seen.any():
        return None
    return float(np.median(found.boxes[seen, 3] - found.boxes[seen, 1])) * size / max(shape[:2])


def _heights(found: Detections, photo: DecodedPhoto, size: float) -> Heights:
    """Median heights in network pixels of the fronts seen, and of all that left a trace."""
    shape = photo.image.shape
    return front_height(found, shape, size), front_height(found, shape, size, SCORE_TRACE)


def _unsure_below(found: Detections, height: float) -> Detections:
    """Fronts lower than `height` pixels are not sure: they were seen too small for that."""
    small = (found.labels == PRODUCT) & (found.boxes[:, 3] - found.boxes[:, 1] < height)
    scores = np.where(small, np.minimum(found.scores, UNSURE_MAX), found.scores)
    return best_first(found.boxes, scores, found.labels, found.complete)


def _has_more(photo: DecodedPhoto) -> bool:
    """Whether a closer pass asks for pixels that the photo has and the picture has not."""
    return max(photo.image.shape) < CLOSER_LONG_SIDE_MIN and photo.scale != (1, 1)


def _ratio(photo: DecodedPhoto, other: DecodedPhoto) -> tuple[float, float]:
    """How many times as wide and as high the other one's picture is."""
    (height, width), (tall, wide) = photo.image.shape[:2], other.image.shape[:2]
    return wide / width, tall / height
