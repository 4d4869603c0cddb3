"""In shops that the detector does not know fronts count from lower scores, surely ones never."""

from dataclasses import replace

import numpy as np
import pytest

from models.detections import Detections, best_first
from pipeline.display import read_display
from pipeline.familiar import certainties, counting_of
from pipeline.thresholds import (
    COUNTING,
    FAMILIAR,
    UNFAMILIAR_BEST_MIN,
    UNFAMILIAR_BEST_SHARE,
    UNFAMILIAR_MAYBE,
    UNFAMILIAR_SEEN_MIN,
)


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


def test_the_faintest_do_not_count_however_low_all_scores_are():
    assert counting_of(scored([0.5] * 4)).best == UNFAMILIAR_BEST_MIN


def test_clutter_makes_no_display():
    seen, faint = UNFAMILIAR_SEEN_MIN, UNFAMILIAR_SEEN_MIN - 0.01
    assert counting_of(scored([seen] * 3 + [0.3] * 9)).best < COUNTING.best
    clutter = scored([0.8, seen] + [faint] * 10)
    wider = counting_of(clutter)
    assert (wider.best, wider.maybe) == (COUNTING.best, UNFAMILIAR_MAYBE)
    count = read_display(clutter, wider).there.count()
    assert (count.low, count.best, count.high) == (0, 1, 12)


def test_coolers_say_nothing_of_it():
    fronts = scored([0.5] * 4)
    assert counting_of(replace(fronts, scores=fronts.scores - 0.1)).best == COUNTING.best
    coolers = best_first(np.zeros((6, 4), np.float32), [0.9] * 3 + [0.3] * 3, [1] * 3 + [0] * 3)
    assert counting_of(coolers).best == COUNTING.best  # three coolers are not three fronts
    seen = best_first(np.zeros((6, 4), np.float32), [0.9] * 3 + [0.6] * 3, [1] * 3 + [0] * 3)
    assert counting_of(seen).best < COUNTING.best


def test_best_never_begins_below_what_may_count():
    for score in (0.16, 0.5):
        lower = counting_of(scored([score] * 4))
        assert COUNTING.sure >= lower.best >= lower.maybe


def test_each_box_is_as_certain_as_the_bounds_in_which_it_counts():
    found = best_first(np.zeros((6, 4), np.float32), [0.95, 0.85, 0.7, 0.6, 0.3, 0.01], [1, 0, 1, 0, 0, 0])
    assert certainties(found, COUNTING) == ("sure", "sure", "maybe", "likely", "maybe", None)
    lower = replace(COUNTING, best=0.25)
    assert certainties(found, lower) == ("sure", "sure", "maybe", "likely", "likely", None)
    there = read_display(found, lower).there.count()
    words = [word for word, label in zip(certainties(found, lower), found.labels, strict=True) if label == 0]
    assert (there.low, there.best) == (words.count("sure"), words.count("sure") + words.count("likely"))
