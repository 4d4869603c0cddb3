"""COCO metrics and count errors on cases whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from models.detections import Detections
from training.evaluate import Prediction, box_iou, evaluate, matches

BOXES = np.array([[10.0, 10, 30, 50], [40, 10, 60, 50], [70, 10, 90, 50]])


def prediction(boxes: np.ndarray, scores: list[float], truth: np.ndarray = BOXES) -> Prediction:
    found = Detections(
        np.asarray(boxes, np.float32), np.array(scores, np.float32), np.zeros(len(scores), np.int64), complete=True
    )
    return Prediction("a.jpg", 400, 100, truth, np.zeros(len(truth), np.int64), found)


def test_perfect_boxes_score_one() -> None:
    report = evaluate([prediction(BOXES, [0.9, 0.8, 0.7])], 0.5)
    assert report["map50"] == pytest.approx(1)
    assert report["map50_95"] == pytest.approx(1)
    assert list(report["per_class"]) == ["product"]
    assert report["count_error"] == {"mean": 0, "mean_absolute": 0, "within_15_percent": 1}


def test_a_missed_front_costs_its_share() -> None:
    report = evaluate([prediction(BOXES[:2], [0.9, 0.8])], 0.5)
    assert report["map50"] == pytest.approx(2 / 3, abs=0.01)  # 101-point interpolation
    assert report["photos"] == [{"photo": "a.jpg", "true": 3, "found": 2, "error": -1}]


def test_half_shifted_boxes_count_at_low_iou_only() -> None:
    shifted = np.add(BOXES, [4, 0, 4, 0])  # IoU 16/24 = 0.67
    report = evaluate([prediction(shifted, [0.9, 0.8, 0.7])], 0.5)
    assert report["map50"] == pytest.approx(1)
    assert report["map50_95"] == pytest.approx(0.4, abs=0.01)  # thresholds .50 .55 .60 .65 of ten


def test_more_than_a_hundred_boxes_are_not_cut() -> None:
    grid = np.array([[x, y, x + 8, y + 8] for x in range(0, 400, 10) for y in range(0, 100, 10)], float)
    report = evaluate([prediction(grid, [0.9] * len(grid), grid)], 0.5)
    assert report["map50"] == pytest.approx(1)


def test_what_the_labels_leave_out_is_neither_right_nor_wrong_where_it_is_known() -> None:
    photo = prediction(BOXES, [0.9, 0.8, 0.7], BOXES[1:])  # the first has no label
    report = evaluate([photo], 0.5)["per_class"]["product"]
    assert report["map50"] == pytest.approx(2 / 3, abs=0.01)
    assert "unboxed_ignored" not in report
    known = replace(photo, unboxed=np.array([[5.0, 5, 35, 55]]))
    assert evaluate([known], 0.5)["per_class"]["product"]["unboxed_ignored"]["map50"] == pytest.approx(1)
    elsewhere = replace(photo, unboxed=np.array([[205.0, 5, 235, 55]]))
    ignored = evaluate([elsewhere], 0.5)["per_class"]["product"]["unboxed_ignored"]
    assert ignored["map50"] == pytest.approx(report["map50"])


def test_nothing_found_is_zero_not_an_error() -> None:
    assert evaluate([prediction(np.zeros((0, 4)), [])], 0.5)["map50"] == 0


def test_intervals_contain_the_value_and_are_reproducible() -> None:
    photos = [prediction(BOXES[: number % 4], [0.9] * (number % 4)) for number in range(12)]
    first, second = (evaluate(photos, 0.5, resamples=30) for _ in range(2))
    low, high = first["per_class"]["product"]["map50_interval"]
    assert low < first["map50"] < high
    assert first == second


def test_matches_take_each_truth_once() -> None:
    twice = np.concatenate([BOXES[:1], BOXES[:1] + 1])
    assert matches(prediction(twice, [0.9, 0.8]), label=0, score=0.5) == (1, 2, 3)


def test_iou_of_half_overlap() -> None:
    assert box_iou(np.array([[0.0, 0, 10, 10]]), np.array([5.0, 0, 15, 10]))[0] == pytest.approx(1 / 3)
