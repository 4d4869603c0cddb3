from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detections import CLASSES, Detections
from models.detector import BOXES_MAX, NMS_IOU, Detector, decode_head, letterbox, suppress
from models.manifest import Manifest
from models.network_runner import FakeRunner

MANIFEST = Manifest("detector", "1", "", 640, CLASSES)


def head(boxes: list[tuple[float, ...]]) -> np.ndarray:
    """(1, 6, n) raw output of (cx, cy, w, h, product, cooler) columns."""
    return np.array(boxes, np.float32).reshape(1, -1, 6).transpose(0, 2, 1)


@pytest.mark.parametrize(
    ("height", "width", "shape"),
    [
        (2048, 1536, (640, 480)),
        (416, 416, (640, 640)),
        (300, 1000, (192, 640)),
        (7, 3000, (32, 640)),
        (50, 1, (640, 32)),
    ],
)
def test_letterbox_keeps_the_aspect_and_pads_to_the_stride_only(height, width, shape):
    batch, (x, y) = letterbox(np.full((height, width, 3), 200, np.uint8), 640)
    assert batch.shape == (1, 3, *shape)
    assert batch.dtype == np.float32
    assert round(width / x) <= shape[1]
    assert round(height / y) <= shape[0]
    assert batch[0, 0, 0, 0] == pytest.approx(200 / 255)


def test_letterbox_gives_rgb():
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[:, :, 0] = 255
    batch, _ = letterbox(blue, 64)
    assert batch[0, :, 5, 5].tolist() == [0, 0, 1]


def test_boxes_come_back_in_pixels_of_the_photo():
    detector = Detector(FakeRunner(lambda _: head([(240, 320, 48, 64, 0.9, 0.0)])), MANIFEST)
    found = detector.detect(np.zeros((2048, 1536, 3), np.uint8))
    assert found.boxes[0].tolist() == pytest.approx([691.2, 921.6, 844.8, 1126.4], abs=0.1)
    assert CLASSES[found.labels[0]] == "product"


def test_scores_are_put_on_the_manifest_s_scale():
    boxes = [(50, 50, 20, 20, 0.3, 0), (120, 50, 20, 20, 0.15, 0), (200, 200, 50, 50, 0, 0.65)]
    runner = FakeRunner(lambda batch: head(boxes))
    scaled = replace(MANIFEST, scores=((0.0, 0.3, 1.0), (0.0, 0.1, 1.0)))
    photo = np.zeros((640, 640, 3), np.uint8)
    plain, mapped = (Detector(runner, manifest).detect(photo) for manifest in (MANIFEST, scaled))
    assert plain.scores.tolist() == pytest.approx([0.65, 0.3, 0.15])
    assert mapped.scores.tolist() == pytest.approx([0.55, 0.1, 0.05])
    assert mapped.boxes == pytest.approx(plain.boxes, abs=0.01)


def test_boxes_are_clipped_to_the_photo_and_weak_ones_left_out():
    found = decode_head(
        head([(0, 0, 50, 50, 0.5, 0), (600, 600, 200, 200, 0, 0.4), (9, 9, 9, 9, 0.0009, 0)])[0], (1, 1), 640, 640
    )
    assert found.boxes.tolist() == [[0, 0, 25, 25], [500, 500, 640, 640]]
    assert found.labels.tolist() == [0, 1]


def test_a_product_and_a_cooler_at_one_place_both_stay():
    found = decode_head(head([(50, 50, 60, 60, 0.9, 0.0), (50, 50, 60, 60, 0.0, 0.8)])[0], (1, 1), 100, 100)
    assert found.labels.tolist() == [0, 1]


def grid(count: int, score: float) -> np.ndarray:
    side = 40
    return head([(8 + 16 * (i % side), 8 + 16 * (i // side), 10, 10, score, 0) for i in range(count)])


@pytest.mark.parametrize(
    ("count", "score", "complete"), [(400, 0.5, True), (1000, 0.5, True), (1001, 0.5, False), (1400, 0.02, True)]
)
def test_no_cut_at_300_and_one_that_matters_is_said(count, score, complete):
    found = decode_head(grid(count, score)[0], (1, 1), 640, 640)
    assert len(found) == min(count, BOXES_MAX)
    assert found.complete is complete


def test_all_candidates_that_may_count_are_looked_at():
    stacked = [(8 + 16 * (i % 40), 8 + 16 * (i // 40 % 20), 10, 10, 0.9 - i / 10_000, 0) for i in range(3900)]
    found = decode_head(head([*stacked, (600, 600, 20, 20, 0.06, 0)])[0], (1, 1), 640, 640)
    assert len(found) == 801
    assert found.complete


def test_a_detector_for_other_classes_is_refused():
    with pytest.raises(ValueError, match="expected"):
        Detector(FakeRunner(lambda _: head([])), Manifest("detector", "1", "", 640, ("cat",)))


def greedy(boxes: np.ndarray, scores: np.ndarray, labels: np.ndarray, iou: float) -> list[int]:
    """The textbook loop, as oracle."""
    kept: list[int] = []
    for one in np.argsort(-scores, kind="stable"):
        for other in kept:
            x1, y1 = np.maximum(boxes[one, :2], boxes[other, :2])
            x2, y2 = np.minimum(boxes[one, 2:], boxes[other, 2:])
            shared = max(x2 - x1, 0) * max(y2 - y1, 0)
            area = np.prod(boxes[[one, other], 2:] - boxes[[one, other], :2], axis=1).sum()
            if labels[one] == labels[other] and shared > iou * (area - shared):
                break
        else:
            kept.append(int(one))
    return kept


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_suppression_is_the_greedy_loop(seed, count):
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 40, (count, 2))
    boxes = np.hstack([corner, corner + rng.integers(1, 30, (count, 2))]).astype(np.float32)
    scores = rng.integers(1, 20, count).astype(np.float32) / 20  # with ties
    labels = rng.integers(0, 2, count)
    with patch("models.detector.VOTE_SCORE", 2.0):  # nobody votes: which boxes are kept is what is compared
        found, kept = suppress(boxes, scores, labels), greedy(boxes, scores, labels, NMS_IOU)
    assert found.boxes.tolist() == boxes[kept].tolist()
    assert found.labels.tolist() == labels[kept].tolist()


@pytest.mark.parametrize(
    ("boxes", "scores", "labels"),
    [
        ([[0, 0, 1, 1]], [0.5, 0.4], [0]),
        ([[2, 0, 1, 1]], [0.5], [0]),
        ([[0, 0, np.nan, 1]], [0.5], [0]),
        ([[0, 0, 1, 1]], [1.5], [0]),
        ([[0, 0, 1, 1], [0, 0, 1, 1]], [0.4, 0.5], [0, 0]),
        ([[0, 0, 1, 1]], [0.5], [2]),
    ],
)
def test_detections_are_validated_at_birth(boxes, scores, labels):
    with pytest.raises(ValueError):
        Detections(np.array(boxes, np.float32), np.array(scores, np.float32), np.array(labels))
