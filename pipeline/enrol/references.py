"""Reference pictures of a new SKU: from the bytes of a crop, or of a photo with one product, to the product's front."""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import Image
from models.detector import GREY, Detector
from pipeline.intake.decode import decode_photo
from pipeline.intake.grey import small_grey
from pipeline.intake.perceptual_hash import perceptual_hash
from pipeline.seeing.fronts import crop, fronts_of
from pipeline.thresholds import (
    DECODED_LONG_SIDE_MIN,
    REFERENCE_FRONT_MIN,
    REFERENCE_HEIGHT_MIN,
    REFERENCE_RIVAL,
    REFERENCE_SETTING,
    REFERENCE_SHARPNESS_MIN,
    REFERENCE_WHOLE_MIN,
)

Box = tuple[int, int, int, int]
_SHARPNESS_SIZE = 64, 128  # width, height that sharpness is measured at


@dataclass(frozen=True)
class Reference:
    """The front on one reference picture.

    sha256: hex, of the bytes as given. image: BGR uint8 (h, w, 3). box: x1 y1 x2 y2 in pixels of the full upright
    picture, whose whole it is where no front was found in it. perceptual_hash: 32 bytes, of the whole picture.
    """

    sha256: str
    image: Image
    box: Box
    is_whole: bool
    perceptual_hash: bytes
    several_fronts: bool = False

    @property
    def is_small(self) -> bool:
        """Fewer pixels than the gallery's own references have."""
        return bool(self.image.shape[0] < REFERENCE_HEIGHT_MIN)

    @property
    def is_blurred(self) -> bool:
        return sharpness(self.image) < REFERENCE_SHARPNESS_MIN


def take_reference(data: bytes, detector: Detector) -> Reference:
    """The front that the picture is of: of all that the detector finds the one that is largest and most central.

    The whole picture where the found one nearly fills it, or is too small a part of it to be what it shows: then it is
    a tight crop already. Raises PhotoError.
    """
    photo = decode_photo(data)
    height, width = photo.image.shape[:2]
    boxes = _fronts(photo.image, detector)
    weights = _prominence(boxes, width, height)
    whole: Box = (0, 0, photo.width, photo.height)
    image, box, several = photo.image, whole, False
    if len(boxes):
        best = boxes[weights.argmax()]
        share = _areas(boxes)[weights.argmax()] / (width * height)
        if REFERENCE_FRONT_MIN <= share < REFERENCE_WHOLE_MIN:
            scale = np.tile(photo.scale, 2)
            x1, y1, x2, y2 = (round(float(value)) for value in best * scale)
            box = max(x1, 0), max(y1, 0), min(x2, photo.width), min(y2, photo.height)
            image = crop(photo.image, best)
            several = int((weights >= REFERENCE_RIVAL * weights.max()).sum()) > 1
    digest = hashlib.sha256(data).hexdigest()
    return Reference(digest, image, box, box == whole, perceptual_hash(small_grey(photo.image)), several)


def again(data: bytes, box: Box) -> Image:
    """The front of a reference whose box is known, BGR uint8. Raises PhotoError."""
    photo = decode_photo(data)
    return crop(photo.image, np.array(box) / np.tile(photo.scale, 2))


def sharpness(image: Image) -> float:
    """Variance of the Laplacian of the grey front at 64 × 128, as the embedder sees it; 0 for an even surface."""
    width, height = _SHARPNESS_SIZE
    way = cv2.INTER_AREA if image.shape[0] > height else cv2.INTER_LINEAR
    grey = cv2.cvtColor(cv2.resize(image, (width, height), interpolation=way), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def _fronts(image: Image, detector: Detector) -> np.ndarray:
    """(n, 4) boxes of fronts in pixels of `image`, seen small enough for the detector; see REFERENCE_SETTING."""
    height, width = image.shape[:2]
    share = min(1.0, DECODED_LONG_SIDE_MIN / max(width, height) / REFERENCE_SETTING)  # the setting is as a photo's size
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else image
    y, x = (side * (REFERENCE_SETTING - 1) // 2 for side in small.shape[:2])
    grey = (GREY, GREY, GREY)
    found = detector.detect(
        np.asarray(cv2.copyMakeBorder(small, y, y, x, x, cv2.BORDER_CONSTANT, value=grey), np.uint8)
    )
    return np.asarray(np.clip((fronts_of(found) - (x, y, x, y)) / share, 0, (width, height, width, height)))


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def _prominence(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area, times 1 at the picture's middle and 0 in its corners."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2 / (width, height) - 0.5
    return np.asarray(_areas(boxes) * (1 - np.linalg.norm(centres, axis=1) / 0.5**0.5))
