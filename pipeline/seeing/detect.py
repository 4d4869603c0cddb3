"""What is seen on a photo: a first look, a second one where fronts are small or large, and whose fronts count.

The detectors know fronts of some 40 to 140 network pixels. Smaller ones are looked at closer, larger ones from farther
away; coolers are those of the detector's first look.
"""

from dataclasses import dataclass
from math import log

import numpy as np

from models.detections import PRODUCT, Detections, best_first
from models.detector import SEEN_SCORE, Detector
from models.load import Networks
from models.stopwatch import Stopwatch
from pipeline.intake.decode import DecodedPhoto, decode_photo
from pipeline.seeing import quality
from pipeline.seeing.out_of_distribution import UNSURE_MAX, is_out_of_distribution, with_fronts
from pipeline.thresholds import (
    CLOSER,
    CLOSER_LONG_SIDE_MIN,
    FARTHER,
    FRONT_HEIGHT_CLOSER,
    FRONT_HEIGHT_FARTHER,
    FRONT_HEIGHT_MEANT,
    FRONT_HEIGHT_MIN,
    SCORE_TRACE,
)

Heights = tuple[float | None, float | None]


@dataclass(frozen=True)
class Look:
    """photo: as it was looked at last. found: boxes on photo.image. codes: flags of why they cannot be counted.

    read_by: versions of the networks.
    """

    photo: DecodedPhoto
    found: Detections
    codes: list[str]
    read_by: dict[str, str]


def look_at(data: bytes, photo: DecodedPhoto, networks: Networks, watch: Stopwatch) -> Look:
    """What the detector finds, and where it does not know the goods what the general one makes of it."""
    look = _by("detector", data, photo, networks.detector, watch)
    if networks.general is None or not is_out_of_distribution(look.found):
        return look
    other = _by("general", data, look.photo, networks.general, watch)
    found = with_fronts(look.found.scaled(*_ratio(look.photo, other.photo)), other.found)
    # what the detector cannot see well stays flagged, as without the general one
    codes = look.codes + [code for code in other.codes if code == "count_incomplete" and code not in look.codes]
    return Look(other.photo, found, codes, look.read_by | other.read_by)


def _by(name: str, data: bytes, photo: DecodedPhoto, detector: Detector, watch: Stopwatch) -> Look:
    found, read_by = detector.detect(photo.image, watch), {name: detector.manifest.version}
    heights = _heights(detector, found, photo)
    larger = magnification(found, *heights)
    seen = _enlarged(data, photo) if larger > 1 else photo
    if larger != 1:
        found = detector.look_again(seen.image, found.scaled(*_ratio(photo, seen)), larger, watch)
        # from farther away small fronts are not too far: the first look had them larger
        heights = _heights(detector, found, seen, max(larger, 1.0))
    if larger < 1:
        found = _unsure_below(found, FRONT_HEIGHT_MIN * max(seen.image.shape) / detector.manifest.input_size / larger)
    return Look(seen, found, quality.detection_flags(found, *heights), read_by)


def magnification(found: Detections, front_height: float | None, trace_height: float | None) -> float:
    """How many times as large as at the first look fronts are to be seen; 1: the first look will do.

    Heights: medians in network pixels, see `_heights`.
    """
    if quality.faint_crowd(found, trace_height):
        return CLOSER
    if front_height is None:
        return 1.0
    if front_height > FRONT_HEIGHT_FARTHER:
        return min(FARTHER, key=lambda larger: abs(log(larger * front_height / FRONT_HEIGHT_MEANT)))
    return CLOSER if front_height < FRONT_HEIGHT_CLOSER else 1.0


def _unsure_below(found: Detections, height: float) -> Detections:
    """Fronts lower than `height` pixels are not sure: they were seen too small for that."""
    small = (found.labels == PRODUCT) & (found.boxes[:, 3] - found.boxes[:, 1] < height)
    scores = np.where(small, np.minimum(found.scores, UNSURE_MAX), found.scores)
    return best_first(found.boxes, scores, found.labels, found.complete)


def _enlarged(data: bytes, photo: DecodedPhoto) -> DecodedPhoto:
    """The photo with pixels enough for a closer look, where it has more."""
    if max(photo.image.shape) >= CLOSER_LONG_SIDE_MIN or photo.scale == (1, 1):
        return photo
    return decode_photo(data, CLOSER_LONG_SIDE_MIN)


def _ratio(photo: DecodedPhoto, other: DecodedPhoto) -> tuple[float, float]:
    """How many times as wide and as high the other one's picture is."""
    (height, width), (tall, wide) = photo.image.shape[:2], other.image.shape[:2]
    return wide / width, tall / height


def _heights(detector: Detector, found: Detections, photo: DecodedPhoto, larger: float = 1.0) -> Heights:
    """Median heights in network pixels, so many times `larger`, of the fronts seen, and of all that left a trace."""
    height, width = photo.image.shape[:2]
    seen = (detector.front_height(found, width, height, score) for score in (SEEN_SCORE, SCORE_TRACE))
    front_height, trace_height = (None if each is None else each * larger for each in seen)
    return front_height, trace_height
