"""In shops that the detector does not know fronts count from lower scores, surely ones never."""

import numpy as np
import pytest

from models.detections import Detections, best_first
from pipeline.display import read_display
from pipeline.familiar import counting_of
from pipeline.thresholds import COUNTING, FAMILIAR, UNFAMILIAR_BEST_MIN, UNFAMILIAR_BEST_SHARE, UNFAMILIAR_MAYBE


def scored(scores: list[float]) -> Detections:
    boxes = np.array([[50 * i, 0, 50 * i + 40, 80] for i in range(len(scores))], np.float32)
    return best_first(boxes.reshape(-1, 4), scores, [0] * len(scores))


def test_a_photo_with_strong_scores_is_read_as_ever():
    assert counting_of(scored([0.9] * 5 + [0.2] * 5)) == COUNTING
    assert counting_of(scored([FAMILIAR + 0.001])) == COUNTING
    assert counting_of(scored([])) == COUNTING


def test_where_all_scores_are_low_a_share_of_the_strong_ones_counts():
    found = scored([0.8] * 10 + [0.3] * 4 + [0.1] * 3 + [0.02])
    lower = counting_of(found)
    assert lower.best == pytest.approx(0.8 * UNFAMILIAR_BEST_SHARE)
    assert (lower.maybe, lower.sure) == (UNFAMILIAR_MAYBE, COUNTING.sure)
    count = read_display(found, lower).there.count()
    assert (count.low, count.best, count.high) == (0, 14, 17)


def test_clutter_does_not_count_however_faint_the_photo():
    assert counting_of(scored([0.16] * 4)).best == UNFAMILIAR_BEST_MIN


def test_coolers_say_nothing_of_it():
    found = best_first(np.zeros((2, 4), np.float32), [0.9, 0.3], [1, 0])
    assert counting_of(found).best < COUNTING.best


def test_best_never_begins_below_what_may_count():
    lower = counting_of(scored([0.16] * 4))
    assert COUNTING.sure >= lower.best >= lower.maybe
