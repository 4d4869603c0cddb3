"""A photo's bytes taken in: decoded, and what copies of it are known by."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from models.detections import Image
from models.stopwatch import Stopwatch
from pipeline.intake.decode import decode_photo
from pipeline.intake.grey import small_grey
from pipeline.intake.likeness import Likeness, take_likeness
from pipeline.intake.perceptual_hash import perceptual_hash, unframed
from pipeline.photo import DecodedPhoto
from pipeline.thresholds import CLOSER_LONG_SIDE_MIN


@dataclass(frozen=True)
class Taken:
    """sha256: hex, of the received bytes. closer: decodes the photo anew, with pixels enough for a closer pass.
    perceptual_hash: 32 bytes. perceptual_hash and likeness: what copies of the photo are known by."""

    sha256: str
    photo: DecodedPhoto
    closer: Callable[[], DecodedPhoto]
    grey: Image
    perceptual_hash: bytes
    likeness: Likeness


def take_photo(data: bytes, watch: Stopwatch) -> Taken:
    """Raises PhotoError where the photo cannot be read."""
    with watch.stage("decode"):
        photo = decode_photo(data)
    with watch.stage("quality"):
        grey = small_grey(photo.image)
    with watch.stage("hash"):
        picture = unframed(grey)
        hashed, likeness = perceptual_hash(picture), take_likeness(picture)
    closer = partial(decode_photo, data, CLOSER_LONG_SIDE_MIN)
    return Taken(hashlib.sha256(data).hexdigest(), photo, closer, grey, hashed, likeness)
