"""Passes of a detector: closer where fronts are small, from farther away where they are large."""

import cv2
import numpy as np
import pytest

from models.detections import CLASSES, best_first
from models.detector import BOXES_MAX, Detector
from models.manifest import Manifest
from models.network_runner import FakeRunner
from pipeline.seeing.detect import detection_flags, faint_crowd, front_height, second_pass
from tests.unit.models.test_detector import head

MANIFEST = Manifest("detector", "1", "", 640, CLASSES)


def test_a_closer_pass_is_larger_finds_small_fronts_in_place_and_keeps_the_cooler_of_the_first():
    photo = np.zeros((1280, 1280, 3), np.uint8)
    spots = [(30, 40), (620, 640), (640, 300), (1200, 1230), (790, 800), (470, 480)]
    for x, y in spots:
        photo[y : y + 20, x : x + 14] = 255

    def components(batch: np.ndarray) -> np.ndarray:
        mask = (batch[0, 0] > 0.6).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        return head([(x + w / 2, y + h / 2, w, h, 0.9, 0) for x, y, w, h, _ in stats[1:].tolist()])

    runner = FakeRunner(components)
    first = best_first(np.array([[0, 0, 1280, 1280]], np.float32), [0.8], [1])
    found = second_pass(Detector(runner, MANIFEST), photo, first, 1.6)
    assert runner.shapes == [(1, 3, 1024, 1024)]
    assert (found.labels == 1).sum() == 1
    lefts = sorted(tuple(np.round(box[:2]).astype(int).tolist()) for box in found.boxes[found.labels == 0])
    assert len(lefts) == len(spots)
    for got, put in zip(lefts, sorted(spots), strict=True):
        assert np.abs(np.subtract(got, put)).max() <= 2


def test_a_small_front_that_both_passes_see_in_other_places_is_counted_once_a_tall_one_kept():
    closer = [(100, 100, 10, 20, 0.9, 0), (500, 500, 400, 400, 0, 0.9)]  # coolers are the first pass's alone
    detector = Detector(FakeRunner(lambda _: head(closer)), MANIFEST)
    small, tall = [102, 98, 112, 118], [700, 700, 800, 900]
    first = best_first(np.array([small, tall], np.float32), [0.8, 0.7], [0, 0])
    found = second_pass(detector, np.zeros((1024, 1024, 3), np.uint8), first, 1.6)
    assert found.boxes.tolist() == [[95, 90, 105, 110], tall]
    assert found.labels.tolist() == [0, 0]


def test_of_a_pass_from_farther_away_all_fronts_are_taken_and_none_of_the_first():
    runner = FakeRunner(lambda _: head([(100, 100, 40, 80, 0.9, 0)]))
    first = best_first(np.array([[0, 0, 300, 600], [0, 0, 640, 640]], np.float32), [0.95, 0.8], [0, 1])
    found = second_pass(Detector(runner, MANIFEST), np.zeros((640, 640, 3), np.uint8), first, 0.5)
    assert runner.shapes == [(1, 3, 320, 320)]
    assert found.boxes[found.labels == 0] == pytest.approx(np.array([[160, 120, 240, 280]]), abs=0.01)
    assert found.boxes[found.labels == 1].tolist() == [[0, 0, 640, 640]]


@pytest.mark.parametrize(
    ("first", "again", "complete"), [(1, 1, True), (BOXES_MAX + 1, 1, False), (1, BOXES_MAX + 1, False)]
)
def test_a_count_that_is_cut_at_either_pass_stays_incomplete(first, again, complete):
    def crowd(count: int) -> np.ndarray:
        return head([(10 + 12 * (place % 50), 10 + 12 * (place // 50), 10, 10, 0.9, 0) for place in range(count)])

    detector = Detector(FakeRunner(lambda batch: crowd(first if max(batch.shape) == 640 else again)), MANIFEST)
    picture = np.zeros((640, 640, 3), np.uint8)
    assert second_pass(detector, picture, detector.detect(picture), 1.6).complete is complete


def test_front_height_is_in_network_pixels():
    fronts = best_first(
        np.array([[0, 0, 9, 40], [0, 0, 9, 20], [0, 0, 9, 900]], np.float32), [0.9, 0.8, 0.01], [0, 0, 0]
    )
    assert front_height(fronts, (1280, 960, 3), 640) == pytest.approx(15)
    assert front_height(fronts.take(np.zeros(3, bool)), (1280, 960, 3), 640) is None


def test_fronts_that_cannot_be_counted_are_said():
    assert detection_flags(fronts(), None, None) == []
    assert detection_flags(fronts(), 50, 50) == []
    assert detection_flags(fronts(complete=False), 5, 5) == ["count_incomplete", "too_far"]


@pytest.mark.parametrize(
    ("counted", "traces", "coolers", "far"),
    [(0, 100, 0, True), (10, 90, 0, True), (30, 70, 0, False), (0, 30, 0, False), (0, 30, 90, False)],
)
def test_many_faint_fronts_and_few_that_count_are_too_far(counted, traces, coolers, far):
    found = fronts([0.9] * counted + [0.02] * (traces + coolers), [0] * (counted + traces) + [1] * coolers)
    assert faint_crowd(found, 20) is far
    assert detection_flags(found, None, 20) == (["too_far"] if far else [])
    assert detection_flags(found, None, 80) == []  # goods that the detector does not know


def fronts(scores=(), labels=(), complete=True):
    return best_first(np.zeros((len(scores), 4), np.float32), scores, labels, complete)
