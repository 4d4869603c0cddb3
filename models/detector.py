"""The detector: an upright photo in, boxes of product fronts and coolers out.

The network is a YOLO head without NMS: input `images` float32 (1, 3, h, w), RGB in 0..1, h and w multiples of 32;
output (1, 4 + classes, anchors), rows cx cy w h in network pixels, then one score in 0..1 per class.
"""

import cv2
import numpy as np
import numpy.typing as npt

from models.detections import CLASSES, COOLER, PRODUCT, Boxes, Detections, Image
from models.manifest import Manifest
from models.network_runner import FloatArray, NetworkRunner, planes
from models.stopwatch import Stopwatch

STRIDE = 32
SCORE_FLOOR = 0.001  # evaluation reads the whole precision-recall curve; what counts is decided in the facts
NMS_IOU = 0.6
CANDIDATES = 1200  # per class before NMS, more where more may count; a photo has 6,300 anchors, 25,200 at the most
VOTE_IOU, VOTE_SCORE = 0.75, 0.02  # see `voted`
VOTED_AT_ONCE = 128  # boxes; each takes a row as long as all votes: tens of megabytes, not hundreds, on a crowd
BOXES_MAX = 1000
COUNTABLE_SCORE = 0.05  # below every counting threshold: cutting such boxes leaves all counts complete
GREY = 114  # the colour that training pads with


class Detector:
    """Detection with one runner; safe to share between threads."""

    def __init__(self, runner: NetworkRunner, manifest: Manifest) -> None:
        if manifest.classes != CLASSES:
            raise ValueError(f"the detector's classes are {manifest.classes}, expected {CLASSES}")
        self._runner = runner
        self.manifest = manifest

    def detect(self, image: Image, stopwatch: Stopwatch | None = None, larger: float = 1.0) -> Detections:
        """Boxes in pixels of `image`, a BGR uint8 (h, w, 3) array; seen at `larger` × `input_size` on its long side."""
        stopwatch = stopwatch or Stopwatch()
        batch, scale = letterbox(image, round(self.manifest.input_size * larger))
        with stopwatch.stage("detect_network"):
            output = self._runner.run(batch)[0][0]
        if self.manifest.scores:
            given, meant = self.manifest.scores
            output = np.concatenate([output[:4], np.interp(output[4:], given, meant)]).astype(np.float32)
        return decode_head(output, scale, image.shape[1], image.shape[0])


def letterbox(image: Image, size: int) -> tuple[FloatArray, tuple[float, float]]:
    """(network input (1, 3, h, w), (x, y) factors from network to image pixels).

    The long side becomes `size`, the aspect is kept, grey fills right and below up to a multiple of 32: phones'
    photos are 3:4, so a square would be a quarter padding, all of it computed.
    """
    height, width = image.shape[:2]
    scale = size / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    # at a factor of 2 bilinear is a box filter; beyond it, it would skip pixels
    smooth = cv2.INTER_AREA if scale < 0.45 else cv2.INTER_LINEAR
    resized = cv2.resize(image, (new_width, new_height), interpolation=smooth)
    right, below = -new_width % STRIDE, -new_height % STRIDE
    if right or below:
        resized = cv2.copyMakeBorder(resized, 0, below, 0, right, cv2.BORDER_CONSTANT, value=(GREY, GREY, GREY))
    return planes(np.asarray(resized, np.uint8)[None]), (width / new_width, height / new_height)


def decode_head(output: FloatArray, scale: tuple[float, float], width: int, height: int) -> Detections:
    """Boxes in image pixels from one photo's raw head (4 + classes, anchors)."""
    picked: list[tuple[Boxes, FloatArray, int]] = []
    for label, scores in enumerate(output[4:]):
        index = np.flatnonzero(scores >= SCORE_FLOOR)
        limit = max(CANDIDATES, int((scores >= COUNTABLE_SCORE).sum()))
        if len(index) > limit:
            index = index[np.argpartition(-scores[index], limit)[:limit]]
        cx, cy, w, h = output[:4, index]
        boxes = np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], axis=1)
        picked.append((boxes, scores[index], label))
    boxes = np.concatenate([boxes for boxes, _, _ in picked])
    boxes *= np.array([*scale, *scale], np.float32)
    limits = np.array([width, height, width, height], np.float32)
    return suppress(
        np.clip(boxes, 0, limits).astype(np.float32),
        np.clip(np.concatenate([scores for _, scores, _ in picked]), 0, 1),
        np.concatenate([np.full(len(scores), label, np.int64) for _, scores, label in picked]),
    )


def suppress(boxes: Boxes, scores: FloatArray, labels: npt.NDArray[np.int64], complete: bool = True) -> Detections:
    """Greedy NMS per class and the cap of BOXES_MAX; `complete` falls where the cap cuts countable boxes."""
    found = Detections(boxes[:0], scores[:0], labels[:0], complete)
    if len(boxes):
        sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).astype(np.float64)
        kept = cv2.dnn.NMSBoxesBatched(sides, scores, labels.astype(np.int32), SCORE_FLOOR / 2, NMS_IOU)  # type: ignore[arg-type]
        found = Detections(voted(boxes, scores, labels, np.asarray(kept)), scores[kept], labels[kept], complete)
    if len(found) > BOXES_MAX:
        cut = found.scores[BOXES_MAX] >= COUNTABLE_SCORE
        found = found.take(np.arange(BOXES_MAX))
        return Detections(found.boxes, found.scores, found.labels, complete and not cut)
    return found


def voted(boxes: Boxes, scores: FloatArray, labels: npt.NDArray[np.int64], kept: npt.NDArray[np.int64]) -> Boxes:
    """The kept boxes, (k, 4), those of fronts moved to the mean of the boxes that NMS removed in their favour.

    Box voting (Gidaris and Komodakis 2015): weights are squared scores of fronts with an IoU of VOTE_IOU or more. On
    the select and calibration photos (41) it raised mAP50-95 of fronts by 0.003 and 0.006; coolers lost, and stay.
    """
    result = boxes[kept]
    countable = np.flatnonzero((labels == PRODUCT) & (scores >= VOTE_SCORE))
    mine = np.flatnonzero((labels[kept] == PRODUCT) & (scores[kept] >= VOTE_SCORE))
    votes, areas = boxes[countable], _areas(boxes[countable])
    for start in range(0, len(mine), VOTED_AT_ONCE):
        some = mine[start : start + VOTED_AT_ONCE]
        low = np.maximum(result[some, None, :2], votes[None, :, :2])
        high = np.minimum(result[some, None, 2:], votes[None, :, 2:])
        sides = np.clip(high - low, 0, None)
        common = sides[..., 0] * sides[..., 1]
        near = common >= VOTE_IOU * (_areas(result[some])[:, None] + areas[None] - common)
        weights = near * scores[countable] ** 2
        result[some] = (weights @ votes) / weights.sum(axis=1, keepdims=True)
    return result


def _areas(boxes: Boxes) -> FloatArray:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)


__all__ = ["COOLER", "PRODUCT", "Detector", "decode_head", "letterbox", "suppress"]
