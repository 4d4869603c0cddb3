"""A photo in pixels, as it goes through the rooms."""

from dataclasses import dataclass
from datetime import datetime

from models.detections import Image


@dataclass(frozen=True)
class DecodedPhoto:
    """An upright photo.

    image: BGR uint8 (h, w, 3), long side at most DECODED_LONG_SIDE_MAX. width, height: pixels of the full upright
    photo. scale: (width / w, height / h). taken_at: the camera's own clock, no zone. gps: (latitude, longitude).
    damaged: its data are of a length that its pixels do not explain, so that part of it may be shifted or miscoloured.
    """

    image: Image
    width: int
    height: int
    scale: tuple[float, float]
    mime: str
    taken_at: datetime | None
    gps: tuple[float, float] | None
    damaged: bool = False
