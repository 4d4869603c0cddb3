import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.facts.certainty import Certainty
from pipeline.facts.layout import level, read_rows, tilt


def shelves(rows: int, columns: int, slope: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(boxes, true rows): cans and bottles of 40 × 60..110 pixels on shelves 150 apart, turned by `slope`."""
    rng = np.random.default_rng(seed)
    boxes, truth = [], []
    for row in range(rows):
        for column in range(columns):
            x = 30 + 50 * column + rng.normal(0, 2)
            foot = 150 * (row + 1) + slope * x + rng.normal(0, 3)
            boxes.append([x, foot - rng.uniform(60, 110), x + 40, foot])
            truth.append(row + 1)
    order = rng.permutation(len(boxes))
    return np.array(boxes)[order], np.array(truth)[order]


def rows_of(boxes: np.ndarray) -> np.ndarray:
    """The row of each of these fronts, all of them surely there, in the best estimate."""
    return read_rows(level(boxes), certainty([0.9] * len(boxes))).best


@pytest.mark.parametrize("slope", [-0.2, -0.1, 0.0, 0.1, 0.2])
@pytest.mark.parametrize(("rows", "columns"), [(1, 5), (3, 12), (6, 8), (4, 24)])
def test_rows_are_found_however_the_camera_is_tilted(rows, columns, slope):
    boxes, truth = shelves(rows, columns, slope)
    assert rows_of(boxes).tolist() == truth.tolist()


def test_the_tilt_is_measured():
    boxes, _ = shelves(4, 10, 0.15)
    assert tilt(boxes)[0] == pytest.approx(0.15, abs=0.03)


def test_few_boxes_have_no_tilt():
    assert tilt(np.array([[0, 0, 10, 20], [20, 15, 30, 35]], float)) == (0, 0)


def test_a_can_beside_a_bottle_is_on_its_row():
    boxes = np.array([[0, 0, 30, 100], [40, 50, 70, 102], [80, 2, 110, 98]], float)
    assert rows_of(boxes).tolist() == [1, 1, 1]


def test_nothing_has_no_row():
    assert rows_of(np.zeros((0, 4))).tolist() == []
    assert rows_of(np.array([[0, 0, 10, 20]])).tolist() == [1]


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 9), st.floats(0.2, 9))
@settings(max_examples=30, deadline=None)
def test_the_scale_and_the_order_of_boxes_do_not_matter(seed, rows, columns, scale):
    boxes, _ = shelves(rows, columns, 0.05, seed)
    expected = rows_of(boxes)
    assert (rows_of(boxes * scale + 3) == expected).all()
    assert (rows_of(boxes[::-1]) == expected[::-1]).all()


def certainty(scores) -> Certainty:
    return Certainty.of_scores(np.asarray(scores, np.float32), 0.8, 0.5, 0.1)


@pytest.mark.parametrize("turn", [-0.0012, 0.0012])
def test_lines_that_converge_are_levelled_apart(turn):
    """A camera aside: the top shelf slopes one way, the lowest the other, by more than a row's distance in all."""
    boxes, truth = shelves(5, 12)
    x = (boxes[:, 0] + boxes[:, 2]) / 2 - 330
    for side in (1, 3):
        boxes[:, side] = 450 + (boxes[:, side] - 450) * np.exp(turn * x)
    assert rows_of(boxes).tolist() == truth.tolist()
    assert tilt(boxes)[1] == pytest.approx(turn, rel=0.3)
    levelled = level(boxes)
    assert np.ptp(levelled.foot[truth == 1]) < 30


def test_tiers_of_a_stack_are_one_row_and_a_shelf_between_makes_two():
    lower = [[50.0 * i, 200, 50.0 * i + 40, 260] for i in range(6)]
    upper = [[50.0 * i, 142, 50.0 * i + 40, 200] for i in range(3)]
    assert rows_of(np.array(lower + upper)).tolist() == [1] * 9
    raised = [[left, top - 15, right, foot - 15] for left, top, right, foot in upper]
    assert rows_of(np.array(lower + raised)).tolist() == [2] * 6 + [1] * 3


def test_a_front_by_itself_is_no_row_but_may_be_one():
    boxes, _ = shelves(2, 8)
    boxes = np.vstack([boxes, [[100, 500, 140, 580]]])
    rows = read_rows(level(boxes), certainty(np.ones(len(boxes))))
    assert (rows.count.low, rows.count.best, rows.count.high) == (2, 2, 3)
    assert (rows.low[-1], rows.best[-1], rows.high[-1]) == (2, 2, 3)


@given(st.integers(0, 10_000), st.integers(1, 5), st.randoms())
@settings(max_examples=40, deadline=None)
def test_rows_hold_for_whichever_doubtful_fronts_are_there(seed, count, random):
    boxes, truth = shelves(count, 6, 0.05, seed)
    scores = np.array([random.choice([0.9, 0.6, 0.3]) for _ in truth])
    there = certainty(scores)
    rows = read_rows(level(boxes, there.best), there)
    present = there.sure | (there.maybe & np.array([random.random() < 0.5 for _ in truth]))
    held = sorted(set(truth[present]))
    if there.best.sum() >= 4 * count and all(there.best[truth == row].sum() >= 3 for row in range(1, count + 1)):
        assert len(held) in rows.count
        for number in np.flatnonzero(present):
            assert rows.low[number] <= 1 + held.index(truth[number]) <= rows.high[number]
    assert (rows.low <= rows.best).all()
    assert (rows.best <= rows.high).all()


def test_a_row_of_doubtful_fronts_moves_those_below_it():
    boxes, truth = shelves(3, 6)
    rows = read_rows(level(boxes), certainty(np.where(truth == 1, 0.3, 0.9)))
    lowest = truth == 3
    assert (set(rows.low[lowest]), set(rows.high[lowest])) == ({2}, {3})
    assert (rows.count.low, rows.count.best, rows.count.high) == (2, 2, 3)
    second = rows.between(2, 2)
    assert second.maybe[truth == 3].all()
    assert not second.sure.any()
