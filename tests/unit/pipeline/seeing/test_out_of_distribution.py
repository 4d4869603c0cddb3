"""Where the detector does not know the goods, the general one finds the fronts."""

from dataclasses import replace

import numpy as np
import pytest

from models.detections import Detections, best_first
from pipeline.facts.display import read_display
from pipeline.facts.of_photo import certainties
from pipeline.seeing.out_of_distribution import ALONE_MAX, is_out_of_distribution, with_fronts
from pipeline.thresholds import COUNTING, OOD_SEEN_MIN, SCORE_BEST, SCORE_MAYBE, STRONG_SCORE_MIN, WEAK_SHARE_MAX


def scored(scores: list[float]) -> Detections:
    boxes = np.array([[50 * i, 0, 50 * i + 40, 80] for i in range(len(scores))], np.float32)
    return best_first(boxes.reshape(-1, 4), scores, [0] * len(scores))


def test_goods_are_known_where_the_best_fronts_are_strong_and_few_are_weak():
    assert not is_out_of_distribution(scored([0.9] * 8 + [0.2] * 2))
    assert not is_out_of_distribution(scored([STRONG_SCORE_MIN + 0.001] * 3))
    assert not is_out_of_distribution(scored([0.9] * 3 + [SCORE_MAYBE - 0.01] * 9))  # what cannot count says nothing


def test_goods_are_unknown_where_the_best_are_weak_or_many_are():
    assert is_out_of_distribution(scored([STRONG_SCORE_MIN - 0.01] * 9))
    weak = round(20 * WEAK_SHARE_MAX) + 1
    assert not is_out_of_distribution(scored([0.95] * (20 - weak + 2) + [SCORE_BEST - 0.01] * (weak - 2)))
    assert is_out_of_distribution(scored([0.95] * (20 - weak) + [SCORE_BEST - 0.01] * weak))


def test_clutter_is_no_display():
    seen = OOD_SEEN_MIN
    assert is_out_of_distribution(scored([seen] * 3 + [0.3] * 9))
    assert not is_out_of_distribution(scored([0.8, seen] + [seen - 0.01] * 10))
    assert not is_out_of_distribution(scored([]))


def test_coolers_say_nothing_of_it():
    coolers = best_first(np.zeros((7, 4), np.float32), [0.9] * 3 + [0.5] * 4, [0] * 3 + [1] * 4)
    assert not is_out_of_distribution(coolers)
    assert is_out_of_distribution(replace(coolers, labels=1 - coolers.labels))


def test_coolers_stay_fronts_are_the_others_and_what_the_detector_alone_sees_counts_in_high():
    boxes = np.array([[0, 0, 90, 90], [0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]], np.float32)
    found = best_first(boxes[:3], [0.6, 0.95, 0.9], [1, 0, 0])
    others = best_first(boxes[[1, 3, 0]], [0.7, 0.65, 0.3], [0, 0, 1], complete=False)
    both = with_fronts(found, others)
    assert both.labels.tolist() == [0, 0, 1, 0]
    assert both.scores.tolist() == pytest.approx([0.95, 0.65, 0.6, ALONE_MAX])
    assert both.boxes[[1, 2, 3]].tolist() == boxes[[3, 0, 2]].tolist()
    assert not both.complete
    assert certainties(both, COUNTING) == ("sure", "likely", "maybe", "maybe")


@pytest.mark.parametrize(
    ("own", "other", "word"),
    [
        (0.9, 0.9, "sure"),
        (0.9, 0.5, "sure"),
        (0.9, 0.4, "maybe"),
        (0.8, 0.99, "likely"),
        (None, 0.99, "likely"),
        (0.99, None, "maybe"),
    ],
)
def test_a_front_is_sure_only_where_the_detector_is_and_the_general_one_counts_it(own, other, word):
    one = [scored([] if score is None else [score]) for score in (own, other)]
    assert certainties(with_fronts(*one), COUNTING) == (word,)


def test_one_sure_front_answers_for_one_of_two_that_are_near_it():
    own = best_first(np.array([[30, 0, 130, 200]], np.float32), [0.95], [0])
    two = best_first(np.array([[8, 0, 108, 200], [53, 0, 153, 200]], np.float32), [0.9, 0.9], [0, 0])
    assert certainties(with_fronts(own, two), COUNTING).count("sure") == 1


def test_where_neither_sees_a_front_there_is_none():
    assert len(with_fronts(scored([]), scored([]))) == 0


def test_each_box_is_as_certain_as_the_bounds_in_which_it_counts():
    found = best_first(np.zeros((6, 4), np.float32), [0.95, 0.85, 0.7, 0.6, 0.3, 0.01], [1, 0, 1, 0, 0, 0])
    assert certainties(found, COUNTING) == ("sure", "sure", "maybe", "likely", "maybe", None)
    lower = replace(COUNTING, best=0.25)
    assert certainties(found, lower) == ("sure", "sure", "maybe", "likely", "likely", None)
    there = read_display(found, lower).there.count()
    words = [word for word, label in zip(certainties(found, lower), found.labels, strict=True) if label == 0]
    assert (there.low, there.best) == (words.count("sure"), words.count("sure") + words.count("likely"))
