"""Agreement of two detectors on boxes whose overlap is known, and the interval of a median."""

import numpy as np
import pytest

from bench.agreement import agreement
from bench.protocol import answer
from training.report.statistics import median_interval


def boxes(*rows: tuple[float, float, float, float, float, float]) -> np.ndarray:
    return np.array(rows, float).reshape(-1, 6)


OURS = boxes((0, 0, 10, 10, 0.9, 0), (20, 0, 30, 10, 0.8, 0), (0, 0, 90, 90, 0.7, 1))


def test_the_same_boxes_agree_wholly() -> None:
    figures = agreement([OURS], [OURS], 0.35)
    assert figures == {
        "iou_50": 1, "ours_iou_50": 1, "iou_90": 1, "ours_iou_90": 1, "count_mean": 0, "count_mean_absolute": 0,
    }  # fmt: skip


def test_a_shifted_box_agrees_at_half_but_not_at_nine_tenths() -> None:
    theirs = np.add(OURS, [[2, 0, 2, 0, 0, 0], [0] * 6, [0] * 6])  # of the first box, 8 of 12 are shared
    figures = agreement([OURS], [theirs], 0.35)
    assert figures["iou_50"] == 1
    assert figures["iou_90"] == pytest.approx(2 / 3)


def test_boxes_of_another_label_or_too_weak_do_not_agree() -> None:
    theirs = OURS.copy()
    theirs[0, 5] = 1
    theirs[1, 4] = 0.3
    figures = agreement([OURS], [theirs], 0.35)
    assert figures["iou_50"] == pytest.approx(1 / 2)
    assert figures["ours_iou_50"] == pytest.approx(1 / 3)
    assert (figures["count_mean"], figures["count_mean_absolute"]) == (-2, 2)


def test_each_box_of_ours_is_taken_once() -> None:
    twice = np.concatenate([OURS, OURS[:1]])
    assert agreement([OURS], [twice], 0.35)["iou_50"] == pytest.approx(3 / 4)


def test_counts_differ_photo_by_photo_even_where_their_sums_agree() -> None:
    figures = agreement([OURS, OURS[:1]], [OURS[:1], OURS], 0.35)
    assert (figures["count_mean"], figures["count_mean_absolute"]) == (0, 1)


def test_nothing_found_is_no_share() -> None:
    assert agreement([OURS], [boxes()], 0.35)["iou_50"] is None
    assert agreement([OURS], [boxes()], 0.35)["ours_iou_50"] == 0


def test_the_interval_holds_the_median() -> None:
    figures = median_interval([1, 2, 3, 4, 100])
    assert figures["median"] == 3
    assert figures["low"] < 3 < figures["high"]
    assert median_interval([5.0] * 4) == {"median": 5, "low": 5, "high": 5}


def test_lines_are_answered_with_boxes_or_with_the_error() -> None:
    def predict(file: str) -> str:
        if file == "broken photo.jpg":
            raise ValueError("no photo")
        return file

    said = answer("predict a b.jpg", predict, lambda file: [[1, 2, 3, 4, 0.5, float(len(file))]])
    assert said["boxes"] == [[1, 2, 3, 4, 0.5, 7]]
    assert said["ms"] >= 0
    assert answer("predict broken photo.jpg", predict, lambda _: []) == {"error": "ValueError: no photo"}
    assert "predict FILE" in answer("stop", predict, lambda _: [])["error"]
