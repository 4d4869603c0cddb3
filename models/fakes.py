"""Networks without weights, for tests: they see coloured rectangles, so that a drawn photo has a known reading."""

import cv2
import numpy as np

from models.detections import CLASSES, Image
from models.detector import Detector
from models.embedder import Embedder
from models.gallery import Gallery
from models.load import Networks
from models.manifest import Manifest
from models.network_runner import FakeRunner, FloatArray

COLOURS = {"red-can": (0, 0, 255), "green-can": (0, 255, 0), "blue-can": (255, 0, 0)}  # BGR
RIVAL = "blue-can"
STRANGE = (0, 255, 255)  # yellow: a front of no gallery code
_BLACK = (0, 0, 0)

Box = tuple[int, int, int, int]


def draw_photo(
    width: int, height: int, fronts: list[tuple[str, Box]], cooler: Box | None = None, texture: int = 40
) -> Image:
    """A grey, speckled wall with filled rectangles: fronts of the named codes (yellow for others), a black cooler.

    Boxes are x1 y1 x2 y2 in pixels; fronts must not touch each other nor the frame.
    """
    speckles = np.random.default_rng(0).integers(128 - texture, 129 + texture, (height, width, 1), dtype=np.uint8)
    photo = np.ascontiguousarray(np.repeat(speckles, 3, axis=2))
    if cooler is not None:
        cv2.rectangle(photo, cooler[:2], cooler[2:], _BLACK, 1 + max(width, height) // 100)
    for code, (x1, y1, x2, y2) in fronts:
        cv2.rectangle(photo, (x1, y1), (x2 - 1, y2 - 1), COLOURS.get(code, STRANGE), cv2.FILLED)
    return photo


def fake_networks(score: float = 0.95) -> Networks:
    """Finds saturated rectangles as products and black frames as coolers, all with `score`; codes are the colours."""
    detector = Manifest("detector", "fake", "", 640, CLASSES)
    embedder = Manifest("embedder", "fake", "", 8)
    references = np.array([[side / 255 for side in colour[::-1]] for colour in COLOURS.values()], np.float32)
    gallery = Gallery(
        tuple(COLOURS), references, np.arange(len(COLOURS)), accept=0.86, sure=0.9, reject=0.85,
        competitors=frozenset({RIVAL}), version="fake", trained=frozenset(COLOURS),
    )  # fmt: skip
    return Networks(
        Detector(FakeRunner(lambda batch: _rectangles(batch, score)), detector),
        Embedder(FakeRunner(_mean_colour), embedder),
        gallery,
    )


def _rectangles(batch: FloatArray, score: float) -> FloatArray:
    pixels = batch[0]
    saturated = pixels.max(axis=0) - pixels.min(axis=0) > 0.5
    black = pixels.max(axis=0) < 0.1
    columns: list[list[float]] = []
    for label, mask in enumerate((saturated, black)):
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        for x, y, width, height, area in stats[1:].tolist():
            if area >= 20:
                scores = [score if label == index else 0.0 for index in range(len(CLASSES))]
                columns.append([x + width / 2, y + height / 2, width, height, *scores])
    return np.array(columns, np.float32).reshape(1, -1, 4 + len(CLASSES)).transpose(0, 2, 1)


def _mean_colour(batch: FloatArray) -> FloatArray:
    return np.asarray(batch.mean(axis=(2, 3)), np.float32)
