"""Pictures to show: the photo encoded anew, without metadata, bare or with what was seen drawn on it."""

import cv2
import numpy as np

from models.detections import CLASSES, Image
from models.gallery import UNKNOWN
from pipeline.facts.make import FactContext
from pipeline.read import PhotoReading
from pipeline.seeing.fronts import crop

LONG_SIDE_MAX = 1600
LABELLED_LONG_SIDE_MIN = 1000  # a smaller photo is enlarged, so that the codes on its fronts can be read
JPEG_QUALITY = 85
CROP_HEIGHT = 240  # of a front by itself: all alike in a strip
CROP_MARGIN = 0.15  # of a front's sides: its edges are seen, and what stands beside it
FONT = cv2.FONT_HERSHEY_SIMPLEX
# blue, green, red; told apart also without red-green vision: blue, orange, grey, yellow
OWN, COMPETITOR, NAMELESS, COOLER = (200, 110, 20), (20, 120, 240), (150, 150, 150), (60, 220, 250)


def clean_copy(image: Image) -> bytes:
    """JPEG of a BGR uint8 upright photo, long side at most 1600, no metadata."""
    return _encode(_shrunk(image))


def front_crop(picture: bytes, box: tuple[float, ...]) -> bytes:
    """JPEG of one front, with CROP_MARGIN of its sides around it, out of a `clean_copy`. box: x1 y1 x2 y2 as shares of
    the photo's sides. Raises ValueError where `picture` is none."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("the picture cannot be decoded")
    x1, y1, x2, y2 = np.array(box) * np.tile([image.shape[1], image.shape[0]], 2)
    across, down = CROP_MARGIN * (x2 - x1), CROP_MARGIN * (y2 - y1)
    part = crop(np.asarray(image, np.uint8), np.array([x1 - across, y1 - down, x2 + across, y2 + down]))
    share = CROP_HEIGHT / part.shape[0]
    size = max(1, round(part.shape[1] * share)), CROP_HEIGHT
    return _encode(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC if share > 1 else cv2.INTER_AREA)))


def annotate(image: Image, reading: PhotoReading, context: FactContext) -> bytes:
    """JPEG of the upright photo with the boxes that count in `best`, their SKU codes and row numbers.

    image: BGR uint8 at any scale of the full photo; the long side of the JPEG is 1000 to 1600 pixels.
    Colours: own blue, competitor orange, unknown grey, cooler yellow.
    """
    canvas = _legible(_shrunk(image))
    scale = canvas.shape[1] / reading.width, canvas.shape[0] / reading.height
    found = reading.detections.scaled(*scale)
    line = max(1, round(max(canvas.shape[:2]) / 600))
    texts: list[tuple[str, int, int, int, tuple[int, int, int]]] = []
    counted = [index for index, certainty in enumerate(reading.certainties) if certainty in ("sure", "likely")]
    for index in counted[::-1]:  # strongest last, on top
        x1, y1, x2, y2 = (round(float(value)) for value in found.boxes[index])
        code = reading.recognised.codes[index]
        colour = _colour(code, context)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), colour, line if code else line + 1, cv2.LINE_AA)
        row = reading.rows[index]
        name = CLASSES[found.labels[index]] if code is None else "?" if code == UNKNOWN else code
        texts.append((name if row is None else f"{row} {name}", x1, y1, x2 - x1, colour))
    for text, x, y, width, colour in texts:  # after all boxes: no line crosses a label
        _label(canvas, text, x, y, width, colour)
    return _encode(canvas)


def _colour(code: str | None, context: FactContext) -> tuple[int, int, int]:
    if code is None:
        return COOLER
    if code == UNKNOWN:
        return NAMELESS
    return OWN if code in context.own else COMPETITOR


def _label(canvas: Image, text: str, x: int, y: int, width: int, colour: tuple[int, int, int]) -> None:
    """Text on a filled strip inside the box's top, as small as needed down to what can be read, then cut."""
    size = max(canvas.shape[:2]) / 1600
    for font in (0.5 * size, 0.42 * size, 0.36 * size):
        font = max(font, 0.33)
        if cv2.getTextSize(text, FONT, font, 1)[0][0] <= width:
            break
    while len(text) > 3 and cv2.getTextSize(text, FONT, font, 1)[0][0] > max(width, 24):
        text = text[:-1]
    (wide, high), base = cv2.getTextSize(text, FONT, font, 1)
    cv2.rectangle(canvas, (x, y), (x + wide + 2, y + high + base), colour, cv2.FILLED)
    black = sum(colour) > 380
    cv2.putText(canvas, text, (x + 1, y + high), FONT, font, (0, 0, 0) if black else (255, 255, 255), 1, cv2.LINE_AA)


def _shrunk(image: Image) -> Image:
    height, width = image.shape[:2]
    share = LONG_SIDE_MAX / max(height, width)
    if share >= 1:
        return image
    size = max(1, round(width * share)), max(1, round(height * share))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _legible(image: Image) -> Image:
    """A copy to draw on."""
    share = LABELLED_LONG_SIDE_MIN / max(image.shape[:2])
    if share <= 1:
        return image.copy()
    size = round(image.shape[1] * share), round(image.shape[0] * share)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _encode(image: Image) -> bytes:
    done, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture cannot be encoded as JPEG")
    return encoded.tobytes()
