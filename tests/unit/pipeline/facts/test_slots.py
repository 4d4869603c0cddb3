import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.facts.certainty import Certainty
from pipeline.facts.layout import level
from pipeline.facts.slots import empty_slots, standing

SURE, LIKELY, MAYBE = 0.9, 0.6, 0.3


def certainty(scores) -> Certainty:
    return Certainty.of_scores(np.asarray(scores, np.float32), 0.8, 0.5, 0.1)


def empty(lefts, scores=None, lines=None, width=40.0):
    boxes = np.array([[left, 100, left + width, 180] for left in lefts]).reshape(-1, 4)
    there = certainty(np.full(len(lefts), SURE) if scores is None else scores)
    line = np.zeros(len(lefts), np.int64) if lines is None else np.asarray(lines)
    found = empty_slots(level(boxes, there.best), line, there)
    return found.low, found.best, found.high


def test_a_full_shelf_has_no_empty_slot():
    assert empty([0, 45, 90, 135]) == (0, 0, 0)
    assert empty([]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("room", "expected"),
    [(10, (0, 0, 0)), (20, (0, 0, 1)), (30, (0, 1, 1)), (45, (1, 1, 1)), (90, (2, 2, 2)), (130, (3, 3, 3))],
)
def test_a_gap_holds_as_many_slots_as_widths(room, expected):
    assert empty([0, 40, 80, 120 + room, 160 + room]) == expected


def test_a_front_that_may_stand_in_the_gap_leaves_it_open():
    assert empty([0, 42, 84, 126, 168], [SURE, SURE, MAYBE, SURE, SURE]) == (0, 1, 1)
    assert empty([0, 42, 84, 126, 168], [SURE, SURE, LIKELY, SURE, SURE]) == (0, 0, 1)


def test_where_a_shelf_ends_early_its_end_may_be_empty():
    lefts = [0, 42, 84, 126, 0, 42]
    assert empty(lefts, lines=[0, 0, 0, 0, 1, 1]) == (0, 0, 2)


def columns(boxes, scores):
    there = certainty(scores)
    count = standing(level(np.array(boxes, float), there.best), there).count()
    return count.low, count.best, count.high


def test_a_stack_is_one_column_and_both_of_its_fronts_are_fronts():
    lower = [[50 * i, 200, 50 * i + 40, 260] for i in range(4)]
    upper = [[50 * i, 142, 50 * i + 40, 200] for i in range(2)]
    assert columns(lower + upper, [SURE] * 6) == (4, 4, 6)  # they touch: surely a stack only where they overlap
    overlapping = [[left, top + 6, right, foot + 6] for left, top, right, foot in upper]
    assert columns(lower + overlapping, [SURE] * 6) == (4, 4, 4)
    raised = [[left, top - 30, right, foot - 30] for left, top, right, foot in upper]
    assert columns(lower + raised, [SURE] * 6) == (6, 6, 6)


def test_on_a_front_that_may_be_missing_none_surely_stands():
    lower, upper = [[0, 200, 40, 260], [50, 200, 90, 260]], [[0, 148, 40, 206]]
    assert columns(lower + upper, [MAYBE, SURE, SURE]) == (1, 2, 3)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.sampled_from([SURE, LIKELY, MAYBE]), st.integers(0, 1)), max_size=10),
    st.randoms(),
)
@settings(max_examples=150, deadline=None)
def test_empty_slots_hold_for_whichever_doubtful_fronts_are_there(fronts, random):
    """Rooms between fronts in widths; a truth is some of the fronts, its slots whole widths between two of them."""
    lefts, at = [], {0: 0.0, 1: 0.0}
    for room, _, line in fronts:
        at[line] += room * 40
        lefts.append(at[line])
        at[line] += 40
    scores, lines = [front[1] for front in fronts], [front[2] for front in fronts]
    low, best, high = empty(lefts, scores, lines)
    present = [score == SURE or random.random() < 0.5 for score in scores]
    true = 0
    for line in (0, 1):
        kept = [left for left, on, here in zip(lefts, lines, present, strict=True) if here and on == line]
        true += sum(int((right - left) / 40 - 1 + 0.2) for left, right in itertools.pairwise(kept))
    assert low <= true <= high
    assert low <= best <= high
