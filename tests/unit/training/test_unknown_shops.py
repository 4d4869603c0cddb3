"""Rules for counting in shops never seen, on scores whose right count is known."""

import numpy as np
import pytest

from datasets.field import IGNORED
from models.detections import PRODUCT, Detections
from training.judged import Judged
from training.unknown_shops import agreement, expected, found_on, from_score, from_share, rules


def _photo(boxed: int, right: float, wrong: float, clutter: int = 6) -> dict[str, object]:
    found = [[right, 1]] * boxed + [[wrong, 0]] * clutter
    return {"photo": "a", "boxed": boxed, "strong": right, "found": found}


def test_found_boxes_are_right_wrong_or_unclear():
    boxes = np.array([[0, 0, 10, 10], [50, 50, 60, 60], [80, 80, 90, 90], [0, 0, 9, 9]], np.float32)
    found = Detections(boxes, np.array([0.9, 0.8, 0.7, 0.01], np.float32), np.full(4, PRODUCT))
    truth = np.array([[0.0, 0, 10, 10], [48, 48, 70, 70]])
    told = found_on(Judged("a", 100, 100, truth, np.array([PRODUCT, IGNORED]), found))
    assert told["boxed"] == 1
    assert told["found"] == [[0.9, 1], [0.8, -1], [0.7, 0]]  # the weakest is not kept


def test_counts_from_a_score_and_from_a_share_of_the_strong_one():
    photo = _photo(10, 0.5, 0.2)
    assert from_score(0.3)(photo) == 10
    assert from_score(0.1)(photo) == 16
    assert from_share(0.5)(photo) == 10
    assert from_share(0.3)(photo) == 16


def test_the_expected_count_follows_the_photos_own_scores():
    photos = [_photo(20, strong, strong * 0.35, clutter) for strong in (0.9, 0.7, 0.5, 0.4) for clutter in (4, 12, 30)]
    count = expected(photos)
    for photo in photos:
        assert count(photo) == pytest.approx(20, rel=0.2)


def test_a_rule_is_near_where_it_counts_what_stands_there():
    photos = [_photo(100, 0.8, 0.1), _photo(50, 0.8, 0.1, clutter=40)]
    assert agreement(photos, [from_score(0.5)] * 2) == {"near": 2, "of": 2, "mean_log_error": 0.058}
    assert agreement(photos, [from_score(0.05)] * 2)["near"] == 1
    assert rules([*photos, *photos])["expected"]["near"] == 4
