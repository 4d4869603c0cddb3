"""Counting in shops never seen, on scores whose right count is known."""

import numpy as np
import pytest

from datasets.field import IGNORED
from models.detections import PRODUCT, Detections
from training.prediction import Prediction
from training.unknown_shops import average_precision, counted, found_on


def _photo(boxed: int, right: float, wrong: float, clutter: int = 6, unclear: int = 0) -> dict[str, object]:
    found = [[right, 1]] * boxed + [[right, -1]] * unclear + [[wrong, 0]] * clutter
    return {"photo": "a", "boxed": boxed, "found": found}


def test_found_boxes_are_right_wrong_or_unclear():
    boxes = np.array([[0, 0, 10, 10], [50, 50, 60, 60], [80, 80, 90, 90], [0, 0, 9, 9]], np.float32)
    found = Detections(boxes, np.array([0.9, 0.8, 0.7, 0.01], np.float32), np.full(4, PRODUCT))
    truth = np.array([[0.0, 0, 10, 10], [48, 48, 70, 70]])
    told = found_on(Prediction("a", 100, 100, truth, np.array([PRODUCT, IGNORED]), found))
    assert told["boxed"] == 1
    assert told["found"] == [[0.9, 1], [0.8, -1], [0.7, 0]]  # the weakest is not kept


def test_a_score_is_near_where_it_counts_what_stands_there():
    photos = [_photo(100, 0.8, 0.1), _photo(50, 0.8, 0.1, clutter=40)]
    assert counted(photos, 0.5) == {"near": 2, "of": 2, "mean_log_error": 0.058, "reached": 0, "right": 1.0}
    low = counted(photos, 0.05)
    assert (low["near"], low["reached"]) == (1, 2)  # 106 of 106, 90 of 53
    assert low["right"] == pytest.approx(150 / 196, abs=0.001)
    assert counted(photos, 0.9)["near"] == 0


def test_average_precision_leaves_out_what_is_unclear_and_counts_what_is_missed():
    assert average_precision([_photo(10, 0.8, 0.1, unclear=5)]) == 1
    assert average_precision([_photo(10, 0.1, 0.8, clutter=10)]) == pytest.approx(0.5, abs=0.01)
    missed = _photo(10, 0.8, 0.1)
    assert average_precision([{**missed, "boxed": 20}]) == 0.5
