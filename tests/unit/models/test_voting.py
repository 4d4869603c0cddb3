"""Fronts are placed by all the boxes that agree on them; coolers stay where the best box was."""

import numpy as np
import pytest

from models.detections import COOLER, PRODUCT
from models.detector import VOTED_AT_ONCE, suppress

BOXES = np.array([[10, 10, 50, 90], [12, 10, 52, 90], [200, 10, 240, 90]], np.float32)
SCORES = np.array([0.8, 0.4, 0.7], np.float32)


def test_a_front_moves_to_the_weighted_mean_of_its_boxes() -> None:
    found = suppress(BOXES, SCORES, np.full(3, PRODUCT))
    assert len(found) == 2
    shift = 2 * 0.4**2 / (0.8**2 + 0.4**2)
    assert found.boxes[0].tolist() == pytest.approx([10 + shift, 10, 50 + shift, 90], abs=1e-4)
    assert found.boxes[1].tolist() == BOXES[2].tolist()
    assert found.scores.tolist() == pytest.approx([0.8, 0.7])


def test_a_cooler_stays() -> None:
    found = suppress(BOXES, SCORES, np.full(3, COOLER))
    assert found.boxes[0].tolist() == BOXES[0].tolist()


def test_a_loosely_overlapping_box_has_no_vote() -> None:
    loose = np.array([[10, 10, 50, 90], [22, 10, 62, 90]], np.float32)  # IoU 0.54: another front, kept apart
    found = suppress(loose, SCORES[:2], np.full(2, PRODUCT))
    np.testing.assert_allclose(found.boxes, loose, atol=1e-4)


def test_the_boxes_of_a_crowd_vote_as_those_of_a_few_do() -> None:
    count = 2 * VOTED_AT_ONCE + 1  # in more than one block
    moves = np.array([[100 * (place % 20), 100 * (place // 20)] * 2 for place in range(count)], np.float32)
    boxes = np.concatenate([moves + BOXES[0], moves + BOXES[1]])
    found = suppress(boxes, np.repeat(SCORES[:2], count), np.full(2 * count, PRODUCT))
    shift = 2 * 0.4**2 / (0.8**2 + 0.4**2)
    np.testing.assert_allclose(found.boxes, moves + np.array([10 + shift, 10, 50 + shift, 90]), atol=1e-3)
